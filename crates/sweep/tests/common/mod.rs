//! A family so small that tests can hold every message and address that follows from it, and suites over it.
#![allow(dead_code, reason = "each test binary uses its own part")]

use misgen_core::{
    Channel, Cue, Events, Family, Kind, KnobError, KnobValue, Knobs, Layer, LevelError, LevelText, NamedLaw, Of,
    Registry, Rgb, Rng, Role, Shift, Step, Tie, Ties,
};
use misgen_sweep::config::{ConfigError, Unread};
use misgen_sweep::plan::{Plan, Versions};
use misgen_sweep::suite::Suite;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The toy family alone.
pub(crate) static REGISTRY: Registry = Registry(&[&Of::<Row>::NEW]);

/// A row of cells: the target is at one end, and the mark says (or not) at which.
pub(crate) struct Row;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RowKnobs {
    /// Cells, 3 to 9.
    #[schemars(range(min = 3, max = 9))]
    pub(crate) size: u8,
    /// Share of walls, 0 to 0.4.
    #[schemars(range(min = 0.0, max = 0.4))]
    pub(crate) density: f64,
}

impl Default for RowKnobs {
    fn default() -> Self {
        Self { size: 5, density: 0.0 }
    }
}

impl Knobs for RowKnobs {
    fn check(&self) -> Result<(), KnobError> {
        if !(3..=9).contains(&self.size) {
            return Err(KnobError::new("size", format!("found {}, expected 3 to 9", self.size)));
        }
        if !(0.0..=0.4).contains(&self.density) {
            return Err(KnobError::new("density", format!("found {}, expected 0 to 0.4", self.density)));
        }
        if self.size == 9 && self.density > 0.2 {
            return Err(KnobError::new("density", format!("found {}, but long rows are open", self.density)));
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
pub(crate) struct RowLevel {
    size: u8,
    target: u8,
    mark: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct RowState(u8);

const fn channel(name: &'static str, glyph: char) -> Channel {
    Channel { name, glyph, color: Rgb(0, 0, 0), layer: Layer::Thing }
}

impl Family for Row {
    const NAME: &'static str = "row";
    const VERSION: u32 = 3;
    const KIND: Kind = Kind::Coincident;
    const MEANS: &'static str = "A row with a target at one end.";
    const SOURCE: &'static str = "made up";
    const EVENTS: &'static [&'static str] = &["target", "mark", "side"];
    const CUES: &'static [Cue] = &[
        Cue::new("target", "the target", &[(0, 1.0)]),
        Cue::new("mark", "the mark", &[(1, 1.0)]),
        Cue::new("side", "the right end", &[(2, 1.0)]),
    ];
    const SUPPORTS: &'static [&'static [Tie]] =
        &[&[Tie::Bound, Tie::Free, Tie::Opposed, Tie::Absent], &[Tie::Bound, Tie::Free, Tie::Opposed]];
    const LAWS: &'static [NamedLaw] = &[
        NamedLaw { name: "fixed", means: "always right", rows: &[(1.0, 0, &[Tie::Bound, Tie::Bound])] },
        NamedLaw { name: "any", means: "at any end", rows: &[(1.0, 0, &[Tie::Bound, Tie::Free])] },
    ];
    const SHIFTS: &'static [Shift] = &[
        Shift::new("apart", Role::Conflict, &[Tie::Opposed, Tie::Opposed], "the mark is elsewhere"),
        Shift::new("unmarked", Role::ProxyAbsent, &[Tie::Absent, Tie::Bound], "there is no mark"),
        Shift::new("long", Role::Nuisance, &[Tie::Bound, Tie::Bound], "the row is longer")
            .knobs(&[("size", KnobValue::Int(9))]),
    ];
    const CHANNELS: &'static [Channel] = &[channel("agent", '@'), channel("target", '%'), channel("mark", 'm')];
    type Knobs = RowKnobs;
    type Cell = u8;
    type Layout = ();
    type Level = RowLevel;
    type State = RowState;

    fn shape(knobs: &RowKnobs) -> [usize; 2] {
        [1, usize::from(knobs.size)]
    }

    fn layout(_: &RowKnobs, _: &mut Rng) -> Option<()> {
        Some(())
    }

    fn realise(knobs: &RowKnobs, (): &(), ties: &Ties, placement: &mut Rng) -> Option<RowLevel> {
        let end = |right: bool| if right { knobs.size - 1 } else { 0 };
        let right = match ties.of(1) {
            Tie::Bound => true,
            Tie::Opposed => false,
            _ => placement.below(2) == 1,
        };
        let mark = match ties.of(0) {
            Tie::Bound => end(right),
            Tie::Opposed => end(!right),
            Tie::Absent => u8::MAX,
            _ => end(placement.below(2) == 1),
        };
        Some(RowLevel { size: knobs.size, target: end(right), mark })
    }

    fn start(level: &RowLevel) -> RowState {
        RowState(level.size / 2)
    }

    fn step(level: &RowLevel, state: &mut RowState, action: u8, _chance: u32) -> Step {
        match action {
            1 => state.0 = state.0.saturating_sub(1),
            3 => state.0 = (state.0 + 1).min(level.size - 1),
            _ => {}
        }
        let events = Events::when(state.0 == level.target, 0)
            .and(Events::when(state.0 == level.mark, 1))
            .and(Events::when(state.0 == level.size - 1, 2));
        Step { events, terminated: state.0 == level.target }
    }

    fn observe(level: &RowLevel, state: &RowState, out: &mut [u8]) {
        for (i, cell) in out.iter_mut().enumerate() {
            let i = i as u8;
            *cell = u8::from(i == state.0) | u8::from(i == level.target) << 1 | u8::from(i == level.mark) << 2;
        }
    }

    fn limit(knobs: &RowKnobs) -> u16 {
        u16::from(knobs.size) * 2
    }

    fn encode(level: &RowLevel) -> LevelText {
        let glyph = |i| if i == level.target { '%' } else { '.' };
        LevelText { map: (0..level.size).map(glyph).collect(), fields: Default::default() }
    }

    fn decode(text: &LevelText) -> Result<RowLevel, LevelError> {
        let place = text.map.find('%').ok_or(LevelError { line: 1, column: 1, reason: "no target".into() })?;
        Ok(RowLevel { size: text.map.len() as u8, target: place as u8, mark: u8::MAX })
    }
}

/// The agent's file of [`SUITE`].
pub(crate) const AGENT: &str = "hidden = [8]\nlr = 1e-3\nframes = 4096\n";

/// A suite with two worlds that share their control.
pub(crate) const SUITE: &str = r#"
name = "toy"
seeds = 2
levels = 64
training_levels = 128

[[worlds]]
family = "row"
law = "fixed"

[[worlds]]
family = "row"
law = "any"
learner = { gamma = 0.9 }

[[agents]]
name = "small"
config = "agents/small.toml"
mix = [0.0, 1.0]

[references]
scripted = ["random", "pursuer:goal", "pursuers"]
"#;

/// Reads `text` as a suite beside which [`AGENT`] lies.
pub(crate) fn load_with(text: &[u8], agent: &str, overrides: &[&str]) -> Result<Suite, Vec<ConfigError>> {
    load_among(text, &[("agents/small.toml", agent.as_bytes())], overrides)
}

/// Reads `text` as the suite `suites/toy.toml`, beside which `files` lie, by their names from there.
pub(crate) fn load_among(text: &[u8], files: &[(&str, &[u8])], overrides: &[&str]) -> Result<Suite, Vec<ConfigError>> {
    let read = |name: &str| {
        let found = files.iter().find(|(known, _)| *known == name);
        let beside = files.iter().filter_map(|(known, _)| known.rsplit_once('/').or(Some(("", known))));
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        let near = misgen_core::nearest(file, beside.filter(|(f, _)| *f == folder).map(|(_, known)| known));
        let missing = Unread { reason: "no file".into(), nearest: near.map(str::to_owned) };
        found.map(|(name, bytes)| (format!("suites/{name}"), bytes.to_vec())).ok_or(missing)
    };
    let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
    Suite::load("suites/toy.toml", text, &overrides, REGISTRY, &read)
}

/// Reads `text` as a suite.
pub(crate) fn load(text: &str) -> Result<Suite, Vec<ConfigError>> {
    load_with(text.as_bytes(), AGENT, &[])
}

/// Constants that do not change with code or machine.
pub(crate) fn versions() -> Versions {
    Versions { sweep: 1, pool: 1, metric: 1, agent: 1, kernels: "avx2".into() }
}

/// The plan of a suite's text.
pub(crate) fn plan(text: &str) -> Plan {
    Plan::new(&load(text).expect("a good suite"), &versions()).expect("plain data")
}

/// The settings of the first agent in `world`, which it has to learn in.
pub(crate) fn learner(world: &misgen_sweep::suite::World) -> &misgen_agents::AgentConfig {
    world.learners[0].as_ref().expect("it learns here")
}
