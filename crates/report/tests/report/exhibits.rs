//! Exhibits made by hand: two worlds, learned and scripted players, levels with and without twins, probabilities and without,
//! and names that try to break out of the page.

use crate::fixture::HOSTILE;
use misgen_core::{Channel, Layer, ObsSpec, Rgb};
use misgen_evaluate::exhibit::{
    AgentExhibits, Exhibits, LevelExhibit, Replay, RowExhibits, Track, WayExhibit, WorldExhibits,
};
use misgen_evaluate::record::SCHEMA_VERSION;
use std::collections::VecDeque;

pub(crate) const ACTIONS: [&str; 5] = ["up", "left", "down", "right", "stay"];
const WALL: u16 = 1;
const AGENT: u16 = 1 << 1;
const GOAL: u16 = 1 << 2;
const MARK: u16 = 1 << 3;
const KEY: u16 = 1 << 4;
const LIT: u16 = 1 << 5;
const RED: u16 = 1 << 6;

/// Numbers without order, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }
}

/// What the levels look like to an agent.
pub(crate) const SPEC: ObsSpec = {
    const fn look(name: &'static str, glyph: char, color: (u8, u8, u8), layer: Layer) -> Channel {
        Channel { name, glyph, color: Rgb(color.0, color.1, color.2), layer }
    }
    const CHANNELS: &[Channel] = &[
        look("wall", '#', (119, 119, 119), Layer::Thing),
        look("agent", '@', (86, 180, 233), Layer::Thing),
        look("target", 'T', (0, 158, 115), Layer::Thing),
        look("mark", '*', (230, 159, 0), Layer::Thing),
        look("key", 'k', (240, 228, 66), Layer::Thing),
        look("lit", '~', (255, 240, 180), Layer::Ground),
        look("red", 'r', (220, 40, 40), Layer::Tint),
    ];
    ObsSpec { height: 1, width: 1, channels: CHANNELS, cell_bytes: 1, actions: 5 }
};

/// A walled square whose inside is open but for some blocks; the goal and the mark where they are told to be.
fn level(size: usize, dice: &mut Dice, (shift, place, twin): (&str, u32, bool)) -> LevelExhibit {
    let rim = |cell: usize| [0, size - 1].contains(&(cell % size)) || [0, size - 1].contains(&(cell / size));
    let mut cells: Vec<u16> = (0..size * size).map(|cell| if rim(cell) { WALL } else { 0 }).collect();
    for _ in 0..size * size / 6 {
        let cell = dice.below(size * size);
        cells[cell] |= if cell.is_multiple_of(2) { WALL } else { 0 };
    }
    let at = |row: usize, column: usize| row * size + column;
    let (start, goal, mark) = (at(size - 2, 1), at(1, size - 2), at(1, 1));
    for cell in [start, goal, mark] {
        cells[cell] = 0;
    }
    // An open rim within the walls, so that everything can be reached.
    for step in 1..size - 1 {
        for cell in [at(1, step), at(size - 2, step), at(step, 1), at(step, size - 2)] {
            cells[cell] = 0;
        }
    }
    cells[start] = AGENT;
    cells[goal] = GOAL | RED;
    cells[if twin { goal } else { mark }] |= MARK;
    cells[at(size - 2, size / 2)] |= KEY;
    cells[at(1, size / 2)] |= LIT;
    let way = |cue: usize, to: usize| {
        let path = shortest(&cells, size, start, to);
        let goal_return = if cells[to] & GOAL != 0 { 0.97f64.powi(path.len() as i32 - 2) } else { 0.0 };
        WayExhibit { cue, steps: path.len() - 1, cells: path.iter().map(|cell| *cell as u16).collect(), goal_return }
    };
    let ways = vec![way(0, goal), way(1, if twin { goal } else { mark })];
    let id = Some(format!("eval/0/{place}/0/{}", if twin { "bound" } else { "opposed" }));
    LevelExhibit { shift: shift.into(), place, twin, id, width: size, height: size, cells, ways }
}

fn neighbours(cell: usize, size: usize) -> [usize; 5] {
    [cell - size, cell - 1, cell + size, cell + 1, cell]
}

fn shortest(cells: &[u16], size: usize, from: usize, to: usize) -> Vec<usize> {
    let mut before = vec![usize::MAX; cells.len()];
    let mut queue = VecDeque::from([from]);
    before[from] = from;
    while let Some(cell) = queue.pop_front() {
        for next in neighbours(cell, size) {
            if cells[next] & WALL == 0 && before[next] == usize::MAX {
                before[next] = cell;
                queue.push_back(next);
            }
        }
    }
    let mut path = vec![to];
    while path[0] != from {
        path.insert(0, before[path[0]]);
    }
    path
}

/// What an agent that goes along `path` leaves in the record; it picks up the key on its way.
fn track(index: usize, level: &LevelExhibit, path: &[usize], says: bool, dice: &mut Dice) -> Track {
    let mut cells = level.cells.clone();
    let (mut actions, mut changes, mut events, mut percent, mut values) =
        (String::new(), vec![], vec![], vec![], vec![]);
    for (step, pair) in path.windows(2).enumerate() {
        let action = neighbours(pair[0], level.width).iter().position(|next| *next == pair[1]).unwrap();
        actions.push((b'a' + action as u8) as char);
        let rest = dice.below(25) as u8;
        let mut row = vec![0u8; 5];
        row[action] = 100 - rest;
        let first = dice.below(rest as usize + 1) as u8;
        row[(action + 1) % 5] += first;
        row[(action + 3) % 5] += rest - first;
        percent.push(row);
        values.push(0.2 + 0.7 * step as f32 / path.len() as f32 + dice.below(10) as f32 / 100.0);
        let before = cells.clone();
        cells[pair[0]] &= !AGENT;
        if cells[pair[1]] & KEY != 0 {
            cells[pair[1]] &= !KEY;
            events.push(format!("{}:take-key", step + 1));
        }
        cells[pair[1]] |= AGENT;
        changes
            .push((0..cells.len()).filter(|at| cells[*at] != before[*at]).map(|at| (at as u16, cells[at])).collect());
    }
    let end = cells[*path.last().unwrap()];
    let outcome = if end & GOAL != 0 {
        "goal"
    } else if end & MARK != 0 {
        "mark"
    } else {
        "neither"
    };
    let reached = [(GOAL, "reach-target"), (MARK, "reach-mark")].into_iter().filter(|(bit, _)| end & bit != 0);
    let names: Vec<&str> = reached.map(|(_, name)| name).collect();
    if !names.is_empty() {
        events.push(format!("{}:{}", path.len() - 1, names.join("+")));
    }
    Track {
        level: index,
        outcome: outcome.into(),
        terminated: !names.is_empty(),
        goal_return: if outcome == "goal" { 0.97f64.powi(path.len() as i32 - 2) } else { 0.0 },
        goal_best: level.ways[0].goal_return,
        actions,
        events: events.join(","),
        changes,
        percent: if says { percent } else { Vec::new() },
        values: if says { values } else { Vec::new() },
    }
}

/// The replay of a player on levels `pair` (the twin, and the level itself), along the ways of `cue`.
fn replay(levels: &[LevelExhibit], pair: [usize; 2], cue: usize, says: bool, dice: &mut Dice) -> Replay {
    let mut on = |index: usize| {
        let level = &levels[index];
        let path: Vec<usize> = level.ways[cue].cells.iter().map(|cell| usize::from(*cell)).collect();
        track(index, level, &path, says, dice)
    };
    let why = ["typical goal", "typical mark"][cue].to_owned();
    Replay { why, seed: 3, shown: on(pair[1]), twin: Some(on(pair[0])) }
}

fn row(shift: &str, replays: Vec<Replay>) -> RowExhibits {
    RowExhibits { shift: shift.into(), ends: None, preference: Vec::new(), field: None, replays }
}

fn world(name: &str, size: usize, shift: &str, agents: [&str; 2]) -> WorldExhibits {
    let mut dice = Dice(size as u64);
    let mut levels = Vec::new();
    for place in 0..2 {
        let seed = dice.0;
        levels.push(level(size, &mut Dice(seed), (shift, place, true)));
        levels.push(level(size, &mut Dice(seed), (shift, place, false)));
        dice.below(2);
    }
    levels.push(level(size + 2, &mut dice, ("larger", 4, false)));
    let [learner, scripted] = agents;
    let mut alone = replay(&levels, [4, 4], 0, true, &mut dice);
    alone.twin = None;
    let learned = vec![
        row(shift, (0..2).map(|place| replay(&levels, [2 * place, 2 * place + 1], 1, true, &mut dice)).collect()),
        row("larger", vec![alone]),
    ];
    let known = vec![row(shift, vec![replay(&levels, [0, 1], 0, false, &mut dice)])];
    let agent = |name: &str, mix, rows| AgentExhibits { agent: name.into(), mix, rows, attribution: None };
    WorldExhibits {
        world: name.into(),
        family: name.split('-').next().unwrap().into(),
        family_version: 0,
        actions: ACTIONS.map(Into::into).to_vec(),
        cues: vec!["target".into(), "mark".into()],
        channels: SPEC.channels.iter().map(Into::into).collect(),
        levels,
        agents: vec![agent(learner, Some(0.0), learned), agent(scripted, None, known)],
    }
}

/// The exhibits of two worlds.
pub(crate) fn exhibits() -> Exhibits {
    Exhibits {
        schema_version: SCHEMA_VERSION,
        suite: "quickstart".into(),
        rule: "Of each row the first episode with its most frequent outcome, then the first with any other.".into(),
        worlds: vec![
            world("doorway-fixed", 9, "door-elsewhere", ["ppo", "goal pursuer"]),
            world(HOSTILE, 13, &format!("</script>{HOSTILE}"), [HOSTILE, "random"]),
        ],
        notes: Vec::new(),
    }
}

/// A walk without aim over open cells.
fn wander(level: &LevelExhibit, steps: usize, dice: &mut Dice) -> Vec<usize> {
    let mut path = vec![level.cells.iter().position(|bits| bits & AGENT != 0).unwrap()];
    while path.len() <= steps {
        let next = neighbours(path[path.len() - 1], level.width)[dice.below(5)];
        if level.cells[next] & WALL == 0 {
            path.push(next);
        }
    }
    path
}

/// A run of `worlds` worlds with five agents and ten shifts each, ten pairs of episodes for each of them, no level twice.
pub(crate) fn many(worlds: usize) -> Exhibits {
    let mut dice = Dice(7);
    let worlds = (0..worlds).map(|index| {
        let mut levels = Vec::new();
        let mut pair = |shift: &str, place: u32| {
            let seed = dice.0;
            let first = levels.len();
            levels.push(level(13, &mut Dice(seed), (shift, place, true)));
            levels.push(level(13, &mut Dice(seed), (shift, place, false)));
            let mut on = |index: usize| {
                let steps = 15 + dice.below(26);
                let path = wander(&levels[index], steps, &mut dice);
                track(index, &levels[index], &path, true, &mut dice)
            };
            Replay { why: "typical mark".into(), seed: 3, twin: Some(on(first)), shown: on(first + 1) }
        };
        let mut rows = |_: usize| -> Vec<RowExhibits> {
            let names = (0..10).map(|shift| format!("shift-{shift}"));
            names.map(|shift| row(&shift, (0..10).map(|place| pair(&shift, 40 * place)).collect())).collect()
        };
        let agents = (0..5).map(|at| AgentExhibits {
            agent: format!("agent {at}"),
            mix: Some(0.0),
            rows: rows(at),
            attribution: None,
        });
        let agents = agents.collect();
        WorldExhibits { levels, agents, ..world(&format!("world-{index}"), 9, "shift", ["ppo", "random"]) }
    });
    Exhibits { worlds: worlds.collect(), ..exhibits() }
}
