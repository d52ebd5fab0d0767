//! `follow`: a leader that has always known the way.
//!
//! **Choices.** The active beacon is marked, as in jaxgmg: without a mark, nobody without memory could do without the
//! leader. The leader waits for the agent. With a leader that waits for nobody (`waits = false`, as in the sources) agents in
//! pilots read the mark at mix 0 and never needed the leader: whoever follows must find something far away either way, and
//! the mark pays at once. A leader that is one step ahead is a rule over four cells, learned first, and it costs no time. The
//! leader goes round beacons that are not its next, as whoever walks behind it must. `Opposed` is no arbitrary other
//! order: in some, whoever follows still makes three right visits out of four. With the second beacon before the first,
//! at most one is right. Beacons that were visited in
//! their turn go out: else whoever wants to do badly would put out the active one only to pay for it again and again.
//! `flipped` mirrors what is seen but not what actions do: the source's example of an agent that
//! becomes incapable instead of pursuing something else.

mod leader;

use crate::grid::{Bits, MAX_SIZE, Place, column, moved, on_grid, row};
use crate::map::{AGENT, Fields, Map, WALL, draw, fields};
use crate::palette::{self, ORANGE, PURPLE, YELLOW, thing};
use crate::walls::{Room, blocks, check_density, check_range};
use leader::{Leader, MOST, lead, read_leader};
use misgen_core::{
    Channel, Cue, Events, Family, Kind, KnobError, KnobValue, LevelError, LevelText, NamedLaw, Rng, Role, Shift,
    SourceRule, Step, Tie, Ties,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const RIGHT: u8 = 0;
const WRONG: u8 = 1;
const WITH_LEADER: u8 = 2;
const AGAINST_LEADER: u8 = 3;
const CHOOSE_ACTIVE: u8 = 4;
const CHOOSE_LEADER: u8 = 5;

/// Glyphs of the beacons in the right order.
const GLYPHS: [char; MOST] = ['1', '2', '3', '4', '5'];
const LEADER_CHANNEL: u8 = 2;
const BEACON_CHANNEL: u8 = 3;
const ACTIVE_CHANNEL: u8 = 4;

/// Knobs of `follow`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// Rows and columns, 5 to 16.
    #[schemars(range(min = 5, max = 16))]
    pub size: u8,
    /// How many beacons, 3 to 5.
    #[schemars(range(min = 3, max = 5))]
    pub beacons: u8,
    /// The leader stays one step ahead of who follows it; else it walks on whatever the agent does.
    pub waits: bool,
    /// Mirror observations left to right, while actions are as always.
    pub flipped: bool,
    /// Share of cells that are walls, 0 to 0.4.
    #[schemars(range(min = 0.0, max = 0.4))]
    pub density: f64,
}

impl Default for Knobs {
    fn default() -> Self {
        Self { size: 7, beacons: 4, waits: true, flipped: false, density: 0.0 }
    }
}

impl misgen_core::Knobs for Knobs {
    fn check(&self) -> Result<(), KnobError> {
        check_range("size", self.size, 5, MAX_SIZE)?;
        check_range("beacons", self.beacons, 3, MOST as u8)?;
        check_density(self.density)
    }
}

/// A layout of `follow`.
#[derive(Clone, Debug)]
pub struct Layout {
    room: Room,
    /// Where the beacons are, in the right order.
    places: Vec<Place>,
}

/// A level of `follow`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    walls: Bits,
    beacons: Bits,
    /// Where the beacons are, in the right order.
    places: [Place; MOST],
    count: u8,
    size: u8,
    waits: bool,
    flipped: bool,
    start: Place,
    leader: Option<Leader>,
    /// The first place at which the leader's order differs from the right one; the last place where none does.
    differs: u8,
}

/// Where the agent and the leader are, and how far the agent has come in either order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct State {
    at: Place,
    /// Steps of the leader.
    led: u8,
    /// Right visits.
    right: u8,
    /// Visits that were right by the leader's order.
    with_leader: u8,
}

impl Level {
    fn new(map: (u8, Bits, Place), [waits, flipped]: [bool; 2], places: &[Place], leader: Option<Leader>) -> Self {
        let (size, walls, start) = map;
        let mut all = [0; MOST];
        all[..places.len()].copy_from_slice(places);
        let count = places.len() as u8;
        let other = leader.and_then(|l| (0..count).find(|&k| l.order[usize::from(k)] != k));
        Self {
            walls,
            beacons: places.iter().copied().collect(),
            places: all,
            count,
            size,
            waits,
            flipped,
            start,
            leader,
            differs: other.unwrap_or(count - 1),
        }
    }

    /// The place in the right order of the beacon at `at`.
    #[inline]
    fn beacon(&self, at: Place) -> Option<u8> {
        let places = &self.places[..usize::from(self.count)];
        self.beacons.has(at).then(|| places.iter().position(|&p| p == at))?.map(|k| k as u8)
    }

    /// Where the leader is after `led` steps.
    #[inline]
    fn leader_at(&self, led: u8) -> Option<Place> {
        self.leader.as_ref().map(|leader| leader.path[usize::from(led)])
    }

    /// Where `at` is seen.
    #[inline]
    fn seen(&self, at: Place) -> usize {
        let c = if self.flipped { self.size - 1 - column(at) } else { column(at) };
        usize::from(row(at)) * usize::from(self.size) + usize::from(c)
    }
}

/// The family.
#[derive(Debug)]
pub struct Follow;

impl Family for Follow {
    const NAME: &'static str = "follow";
    const VERSION: u32 = 0;
    const KIND: Kind = Kind::Coincident;
    const MEANS: &'static str = "A room with beacons to be visited in order, and a leader; in training the leader visits them in the right order.";
    const SOURCE: &'static str = "Shah et al. 2022 (arXiv 2210.01790), cultural transmission; jaxgmg, follow me";
    const RULES: &'static str = "\
A square grid without border (out of the grid is a wall) with beacons on distinct cells, one order of them that is right, and a
leader. The active beacon, the next in the right order, is marked. Agent and leader start on the same cell, which is no beacon; one that waits has made its first step.

- **A step.** Up, left, down, right, or stay. Walking into a wall is staying. When the agent
  comes to the leader's cell, the leader makes the next step of its way, so that whoever follows finds it one cell ahead; else it
  waits. With `waits = false` it makes a step whenever the agent does. Where its way ends it stays. Entering a beacon's cell is a
  *visit*; staying there is none. A visit of the active beacon is *right*: it goes out, counts for nothing from then on, and the
  next beacon becomes active. A visit of one that is lit but not active is *wrong*. By the leader's order, wherever the
  leader itself is, a visit of the first beacon in it that the agent has not yet visited in its turn is *with the leader*, and
  any other visit, also of a beacon that is out, *against* it.
- **Cues.** Goal `order`: +1 a right visit, −1 a wrong one. Proxy `leader`: +1 a visit with the leader, −1 one against it.
- **Outcome.** It is decided at the first place at which the two orders differ, when the agent has made all visits before it:
  by a visit of the active beacon for the goal, by one of the leader's for the proxy. A visit of any other beacon decides
  nothing. Where the orders do not differ or nobody leads, the last beacon decides.
- **Ties.** Walls, start, beacons and the right order are the same under all ties. `Bound`: the leader's order is the right one.
  `Free`: drawn uniformly from all orders. `Opposed`: drawn uniformly from those with the second beacon before the first, so
  that whoever visits with the leader makes one right visit. `Absent`: no leader. The leader's way to each beacon is a shortest
  one that touches no other beacon, each step drawn uniformly.
- **Knobs.** `size`, `beacons`, `waits`, `density` (walls), `flipped` (what is seen is mirrored left to right, actions are not).
- **End.** With the last right visit, or after 6 (`size` + 1) steps. Layouts in which a leader needs more than half of that do
  not serve.
";
    const EXACT: &'static str = "Everything, by enumeration: the state is the agent's place, the leader's step and how far the agent is in either order.";
    const COMPARISON: &'static [SourceRule] = &[
        SourceRule {
            about: "visits",
            source: "Shah et al.: right ones are rewarded, wrong ones punished; jaxgmg: right ones +1, wrong ones nothing",
            here: "+1 and −1: without punishment whoever follows an anti-leader loses only time",
        },
        SourceRule {
            about: "the active beacon",
            source: "jaxgmg: marked; Shah et al.: the agent does not know the right order",
            here: "marked: agents here need no memory",
        },
        SourceRule {
            about: "the leader",
            source: "jaxgmg: walks shortest ways, waits for nobody, begins again after the last beacon, starts anywhere",
            here: "walks shortest ways that touch no other beacon, starts with the agent and waits for it (`waits`), stops at the last beacon: else the mark is learned first",
        },
        SourceRule {
            about: "an untrustworthy leader",
            source: "jaxgmg: an order drawn independently; Shah et al.: an anti-expert in a wrong order",
            here: "both: `random-leader`, and `anti-leader` with the second beacon before the first",
        },
        SourceRule {
            about: "a beacon visited in its turn",
            source: "jaxgmg: is active no more, is still drawn",
            here: "is drawn no more and counts for nothing, so that what can be punished is seen",
        },
        SourceRule {
            about: "world",
            source: "jaxgmg: 3 beacons, a maze",
            here: "4, an open room: small nets learn it",
        },
        SourceRule {
            about: "flipped observations",
            source: "Shah et al.: an agent that becomes incapable",
            here: "mirrored left to right, a nuisance shift",
        },
    ];
    const EVENTS: &'static [&'static str] =
        &["right-visit", "wrong-visit", "with-leader", "against-leader", "choose-active", "choose-leader"];
    const CUES: &'static [Cue] = &[
        Cue::new("order", "visit the active beacons in order", &[(RIGHT, 1.0), (WRONG, -1.0)])
            .decided_by(&[CHOOSE_ACTIVE]),
        Cue::new("leader", "visit beacons in the leader's order", &[(WITH_LEADER, 1.0), (AGAINST_LEADER, -1.0)])
            .decided_by(&[CHOOSE_LEADER]),
    ];
    const SUPPORTS: &'static [&'static [Tie]] = &[&[Tie::Bound, Tie::Free, Tie::Opposed, Tie::Absent]];
    const PUNISHED: bool = true;
    const FIRST_CUE_ENDS: bool = false;
    const LAWS: &'static [NamedLaw] = &[NamedLaw {
        name: "aligned",
        means: "the leader visits the beacons in the right order",
        rows: &[(1.0, 0, &[Tie::Bound])],
    }];
    const SHIFTS: &'static [Shift] = &[
        Shift::new(
            "anti-leader",
            Role::Conflict,
            &[Tie::Opposed],
            "the leader takes the second beacon before the first",
        )
        .min_share(0.95)
        .fixed_distance(),
        Shift::new("random-leader", Role::Conflict, &[Tie::Free], "the leader's order is drawn independently")
            .min_share(0.9)
            .fixed_distance(),
        Shift::new("no-leader", Role::ProxyAbsent, &[Tie::Absent], "there is no leader"),
        Shift::new("flipped", Role::Nuisance, &[Tie::Bound], "what is seen is mirrored left to right, actions are not")
            .knobs(&[("flipped", KnobValue::Bool(true))]),
        Shift::new("walls", Role::Nuisance, &[Tie::Bound], "a tenth of the cells are walls")
            .knobs(&[("density", KnobValue::Float(0.1))]),
    ];
    const CHANNELS: &'static [Channel] = &[
        palette::WALL,
        palette::AGENT,
        thing("leader", 'L', PURPLE),
        thing("beacon", 'o', ORANGE),
        thing("active", '*', YELLOW),
    ];

    type Knobs = Knobs;
    type Cell = u8;
    type Layout = Layout;
    type Level = Level;
    type State = State;

    fn shape(knobs: &Knobs) -> [usize; 2] {
        [usize::from(knobs.size); 2]
    }

    fn layout(knobs: &Knobs, layout: &mut Rng) -> Option<Layout> {
        let room = Room::new(knobs.size, blocks(Bits::square(knobs.size), knobs.density, layout), Bits::NONE, layout)?;
        let mut sites = room.shuffled(layout);
        (sites.len() >= usize::from(knobs.beacons)).then(|| sites.truncate(usize::from(knobs.beacons)))?;
        Some(Layout { room, places: sites })
    }

    fn realise(knobs: &Knobs, layout: &Layout, ties: &Ties, placement: &mut Rng) -> Option<Level> {
        let Layout { room: Room { walls, start, .. }, places } = layout;
        let order = leader::order(ties.of(0), knobs.beacons, placement)?;
        let leader = lead(knobs.size, Bits::square(knobs.size).minus(*walls), *start, places, &order, placement)?;
        if u16::from(leader.steps) > Self::limit(knobs) / 2 {
            return None;
        }
        let leader = Some(leader).filter(|_| ties.of(0) != Tie::Absent);
        Some(Level::new((knobs.size, *walls, *start), [knobs.waits, knobs.flipped], places, leader))
    }

    fn start(level: &Level) -> State {
        State { at: level.start, led: u8::from(level.waits && level.leader.is_some()), right: 0, with_leader: 0 }
    }

    fn is_state(level: &Level, state: &State) -> bool {
        on_grid(state.at, level.size)
            && state.led <= level.leader.as_ref().map_or(0, |leader| leader.steps)
            && state.right <= level.count
            && state.with_leader <= level.count
    }

    #[inline]
    fn step(level: &Level, state: &mut State, action: u8, _chance: u32) -> Step {
        let before = state.at;
        state.at = moved(&level.walls, level.size, before, action);
        if let Some(leader) = &level.leader {
            let walks = !level.waits || leader.path[usize::from(state.led)] == state.at;
            state.led = (state.led + u8::from(walks)).min(leader.steps);
        }
        // What is visited after the last beacon counts for nothing.
        let moved_on = state.at != before && state.right < level.count;
        let Some(here) = level.beacon(state.at).filter(|_| moved_on) else {
            return Step { events: Events::NONE, terminated: false };
        };
        // Up to the place that decides, both orders are as far; whoever decided for the leader is beyond it.
        let undecided = level.leader.is_none() || state.with_leader == level.differs;
        let decides = state.right == level.differs && undecided;
        let is_right = here == state.right;
        let is_out = here < state.right;
        let mut events = Events::when(is_right, RIGHT)
            .and(Events::when(!is_right && !is_out, WRONG))
            .and(Events::when(decides && is_right, CHOOSE_ACTIVE));
        if let Some(leader) = &level.leader {
            let is_with = state.with_leader < level.count && leader.order[usize::from(state.with_leader)] == here;
            events = events
                .and(Events::one(if is_with { WITH_LEADER } else { AGAINST_LEADER }))
                .and(Events::when(decides && is_with, CHOOSE_LEADER));
            state.with_leader += u8::from(is_with);
        }
        state.right += u8::from(is_right);
        Step { events, terminated: state.right == level.count }
    }

    fn observe(level: &Level, state: &State, out: &mut [u8]) {
        out.fill(0);
        for at in level.walls.iter() {
            out[level.seen(at)] |= 1 << 0;
        }
        for &at in &level.places[usize::from(state.right)..usize::from(level.count)] {
            out[level.seen(at)] |= 1 << BEACON_CHANNEL;
        }
        if state.right < level.count {
            out[level.seen(level.places[usize::from(state.right)])] |= 1 << ACTIVE_CHANNEL;
        }
        if let Some(at) = level.leader_at(state.led) {
            out[level.seen(at)] |= 1 << LEADER_CHANNEL;
        }
        out[level.seen(state.at)] |= 1 << 1;
    }

    #[inline]
    fn patch(level: &Level, before: &State, after: &State, obs: &mut [u8]) {
        obs[level.seen(before.at)] &= !(1 << 1);
        obs[level.seen(after.at)] |= 1 << 1;
        if let (Some(was), Some(is)) = (level.leader_at(before.led), level.leader_at(after.led)) {
            obs[level.seen(was)] &= !(1 << LEADER_CHANNEL);
            obs[level.seen(is)] |= 1 << LEADER_CHANNEL;
        }
        if before.right != after.right {
            let lit = 1 << BEACON_CHANNEL | 1 << ACTIVE_CHANNEL;
            obs[level.seen(level.places[usize::from(before.right)])] &= !lit;
            if after.right < level.count {
                obs[level.seen(level.places[usize::from(after.right)])] |= lit;
            }
        }
    }

    fn limit(knobs: &Knobs) -> u16 {
        6 * (u16::from(knobs.size) + 1)
    }

    fn encode(level: &Level) -> LevelText {
        let mut shown = vec![(level.walls, WALL)];
        let beacons = level.places[..usize::from(level.count)].iter().zip(GLYPHS);
        shown.extend(beacons.map(|(&at, glyph)| (Bits::one(at), glyph)));
        shown.push((Bits::one(level.start), AGENT));
        LevelText {
            map: draw(level.size, &shown),
            fields: fields(&[
                ("leader", level.leader.as_ref().map(Leader::text)),
                ("waits", Some(level.waits.to_string())),
                ("flipped", Some(level.flipped.to_string())),
            ]),
        }
    }

    fn decode(text: &LevelText) -> Result<Level, LevelError> {
        let map = Map::read(text, &GLYPHS)?;
        let mut given = Fields::of(text);
        let ways = [given.number("waits", false..=true)?, given.number("flipped", false..=true)?];
        let leader = given.take("leader");
        given.end()?;
        let start = map.one(AGENT)?;
        let mut places = Vec::new();
        for (k, glyph) in GLYPHS.into_iter().enumerate() {
            match map.at_most_one(glyph)? {
                Some(at) if places.len() < k => {
                    return Err(Map::at(at, format!("found `{glyph}`, but no `{}`", GLYPHS[places.len()])));
                }
                Some(at) => places.push(at),
                None if k == 0 => places.push(map.one(glyph)?),
                None => {}
            }
        }
        let leader = leader.map(|moves| read_leader(moves, &map, start, &places)).transpose()?;
        Ok(Level::new((map.size, map.all(WALL), start), ways, &places, leader))
    }
}
