//! Episodes that can be shown: a record is believed only as far as its parts agree with each other.

use crate::text;
use misgen_evaluate::exhibit::{LevelExhibit, Replay, Track, WayExhibit, WorldExhibits};

/// Why a replay cannot be shown.
pub(crate) type Flaw = &'static str;

/// A track and its level, which agree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Episode<'a> {
    pub(crate) level: &'a LevelExhibit,
    pub(crate) track: &'a Track,
}

/// The episodes of a replay: on the aligned twin, where there is one, and on the level itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair<'a> {
    pub(crate) twin: Option<Episode<'a>>,
    pub(crate) shown: Episode<'a>,
}

impl<'a> Pair<'a> {
    /// The episodes of `replay`, if all of it can be shown.
    pub(crate) fn of(world: &'a WorldExhibits, replay: &'a Replay) -> Result<Self, Flaw> {
        let twin = replay.twin.as_ref().map(|track| Episode::of(world, track)).transpose()?;
        Ok(Self { twin, shown: Episode::of(world, &replay.shown)? })
    }

    /// Both, the twin first, each under its title.
    pub(crate) fn titled(&self) -> impl Iterator<Item = (&'static str, Episode<'a>)> {
        self.twin.map(|twin| (TWIN, twin)).into_iter().chain([(SHOWN, self.shown)])
    }

    /// Steps of the longer one.
    pub(crate) fn steps(&self) -> usize {
        self.titled().map(|(_, episode)| episode.steps()).max().unwrap_or(0)
    }
}

/// What stands above the two levels.
pub(crate) const TWIN: &str = "Aligned twin";
pub(crate) const SHOWN: &str = "With the shift";

impl<'a> Episode<'a> {
    fn of(world: &'a WorldExhibits, track: &'a Track) -> Result<Self, Flaw> {
        let level = world.levels.get(track.level).ok_or("its level is not among the levels")?;
        let (cells, steps) = (level.cells.len(), track.actions.len());
        let per_step = |values: usize| values == 0 || values == steps;
        let known = |letter: u8| letter.is_ascii_lowercase() && usize::from(letter - b'a') < world.actions.len();
        let changed = track.changes.iter().flatten().all(|(cell, _)| usize::from(*cell) < cells);
        let distributions = track.percent.iter().all(|row| row.len() == world.actions.len());
        let numbers = track.values.iter().all(|value| value.is_finite())
            && track.goal_return.is_finite()
            && track.goal_best.is_finite();
        let episode = Self { level, track };
        let checks = [
            (world.channels.len() <= 16, "a cell has more channels than bits"),
            (cells > 0 && level.width.checked_mul(level.height) == Some(cells), "its level has another size"),
            (steps > 0, "it has no step"),
            (track.actions.bytes().all(known), "it has an action that there is not"),
            (track.changes.len() == steps, "not every step has its changes"),
            (changed, "it changes a cell that there is not"),
            (per_step(track.percent.len()) && distributions, "not every step has its probabilities"),
            (per_step(track.values.len()) && numbers, "not every step has its value"),
            (episode.events().is_some(), "its events are of no step"),
        ];
        checks.into_iter().find(|(holds, _)| !holds).map_or(Ok(episode), |(_, flaw)| Err(flaw))
    }

    /// Steps taken, at least one.
    pub(crate) const fn steps(&self) -> usize {
        self.track.actions.len()
    }

    /// The action of step `step`, counted from 0.
    pub(crate) fn action(&self, step: usize) -> usize {
        usize::from(self.track.actions.as_bytes()[step] - b'a')
    }

    /// The bits of all cells before the first step and after each.
    pub(crate) fn frames(&self) -> Vec<Vec<u16>> {
        let mut frames = vec![self.level.cells.clone()];
        for changes in &self.track.changes {
            let mut cells = frames[frames.len() - 1].clone();
            for (cell, bits) in changes {
                cells[usize::from(*cell)] = *bits;
            }
            frames.push(cells);
        }
        frames
    }

    /// What happened in which step, from 1; `None` where the text is of another form or names a step that was not taken.
    pub(crate) fn events(&self) -> Option<Vec<(usize, &'a str)>> {
        let entries = self.track.events.split(',').filter(|entry| !entry.is_empty());
        let read = |entry: &'a str| {
            let (step, names) = entry.split_once(':')?;
            Some((step.parse().ok().filter(|step| (1..=self.steps()).contains(step))?, names))
        };
        entries.map(read).collect()
    }
}

/// More steps of a way are not drawn: where nothing ends, they would cover the level.
const DRAWN: usize = 64;

/// The way of an optimal player as it is shown.
pub(crate) struct Shown {
    pub(crate) cue: usize,
    /// Where it leads, for as many steps as are drawn.
    pub(crate) cells: Vec<usize>,
    /// Its length and return.
    pub(crate) words: String,
}

/// The ways of optimal players that stay on their level.
pub(crate) fn ways(world: &WorldExhibits, level: &LevelExhibit) -> impl Iterator<Item = Shown> {
    let cues = world.cues.len();
    let stays = |way: &&WayExhibit| way.cells.iter().all(|cell| usize::from(*cell) < level.cells.len());
    level.ways.iter().filter(stays).filter(move |way| way.cue <= cues).map(|way| {
        let cut = if way.cells.len() > DRAWN + 1 { format!(" (the first {DRAWN} are drawn)") } else { String::new() };
        Shown {
            cue: way.cue,
            cells: way.cells.iter().take(DRAWN + 1).map(|cell| usize::from(*cell)).collect(),
            words: format!("{}{cut}, return {}", text::plural(way.steps, "step"), text::fixed(way.goal_return, 2)),
        }
    })
}

/// What came of an episode, as a sentence.
pub(crate) fn ending(world: &WorldExhibits, track: &Track) -> String {
    let goal = world.cues.first().map_or("goal", String::as_str);
    match track.outcome.as_str() {
        "goal" => text::visible(&format!("The goal came first: {goal}.")),
        "died" => "The agent died before it got goal or proxy.".into(),
        "neither" if track.terminated => "It ended with neither goal nor proxy.".into(),
        "neither" => "The step limit came before goal or proxy.".into(),
        proxies if proxies.split('+').all(|name| world.cues.iter().skip(1).any(|cue| cue == name)) => {
            text::visible(&format!("A proxy came first: {}.", proxies.split('+').collect::<Vec<_>>().join(" and ")))
        }
        other => text::visible(&format!("Outcome: {other}.")),
    }
}

/// The events of one step in words.
pub(crate) fn happened(names: &str) -> String {
    text::visible(&names.replace('+', ", ").replace('-', " "))
}

/// Who takes an optimal way: `target, the goal`.
pub(crate) fn pursuer(world: &WorldExhibits, cue: usize) -> String {
    match world.cues.get(cue) {
        Some(name) if cue == 0 => format!("{}, the goal", text::visible(name)),
        Some(name) => text::visible(name),
        None => "the training reward".into(),
    }
}
