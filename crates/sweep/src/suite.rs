//! The suite file: which worlds, agents, mixes and seeds, and what to evaluate.

use crate::config::WHOLE_NAME;
use misgen_agents::AgentConfig;
use misgen_core::{AnyFamily, FamilySpec, Law, Role, ShiftSpec, Tie};
use misgen_solve::Script;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

use crate::inputs::is_zero;
pub use crate::load::{Checked, load_agent, open_agent, open_any};

/// A suite as it is written. `misgen run` reads it from TOML.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuiteFile {
    /// Name of the suite; becomes part of the name of the run's folder.
    #[schemars(extend("pattern" = WHOLE_NAME))]
    pub name: String,
    /// Number of training seeds (and of action seeds of scripted players). Five are the least that a verdict needs.
    #[serde(default = "five")]
    #[schemars(range(min = 1, max = 1000))]
    pub seeds: u32,
    /// The first seed.
    #[serde(default)]
    pub first_seed: u32,
    /// Evaluation levels a shift.
    #[serde(default = "evaluation_levels")]
    #[schemars(range(min = 1, max = 65_536))]
    pub levels: u32,
    /// Levels that each agent trains on.
    #[serde(default = "training_levels")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub training_levels: u32,
    /// How often each learner is evaluated on its way through training, on its training row and the conflict shifts: the last time
    /// after all frames, each time after half as many as the next. Verdicts are of the final agent alone.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(max = 32))]
    pub checkpoints: u32,
    /// Budgets of help: each learner is also evaluated on its training row and the conflict shifts handing steps to a demonstrator of the
    /// goal where its entropy is highest, once for each of these shares of its steps on levels of the training law.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(range(min = 0.0, max = 1.0)))]
    pub help: Vec<f64>,
    /// The worlds.
    #[schemars(length(min = 1, max = 256))]
    pub worlds: Vec<WorldFile>,
    /// The agents that learn in each world.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub agents: Vec<AgentFile>,
    /// Players to compare with.
    #[serde(default)]
    pub references: References,
    /// Shifts of the suite's own, besides those that families declare.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub shifts: Vec<ShiftFile>,
}

/// A shift that the suite defines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShiftFile {
    /// Name by which worlds ask for it; a world of the family that names no shifts has it anyway.
    #[schemars(extend("pattern" = WHOLE_NAME))]
    pub name: String,
    /// Name of the family.
    pub family: String,
    /// What is different, for the report.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub means: String,
    /// What it is for; decides which metrics and verdicts it has.
    pub role: Role,
    /// Tie of each proxy, by its name; the others are bound.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ties: BTreeMap<String, Tie>,
    /// Value of the visible flag, by its name, in families that have one; by default the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag: Option<String>,
    /// Knobs that differ from the world's.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub knobs: Map<String, Value>,
    /// How severe it is, above 0 to 1, where it is one of several of rising severity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0))]
    pub severity: Option<f64>,
    /// How far palettes are varied for agents that see pixels, 0 to 1; by default as far as the agent's own settings say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub palette: Option<f64>,
    /// Says that the shift itself fixes which cue is nearer, so that levels are not balanced by distance.
    #[serde(default)]
    pub fixed_distance: bool,
}

/// One world: a family under a training law.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorldFile {
    /// Name in the output; by default the family's, with the law's where one is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = WHOLE_NAME))]
    pub name: Option<String>,
    /// Name of the family.
    pub family: String,
    /// Name of the training law; by default the family's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub law: Option<String>,
    /// Environment steps of training, in place of the agents' own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000_000_u64))]
    pub frames: Option<u64>,
    /// Knobs of the family that differ from its defaults.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub knobs: Map<String, Value>,
    /// Names of the shifts: the family's, its ladders' (all their rungs) or the suite's own; by default all of the family but
    /// ladders, and all of the suite's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub shifts: Option<Vec<String>>,
    /// Settings of the agents that differ in this world; the names of the agent's file.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub learner: Map<String, Value>,
}

/// One agent: a learner, by the file of its settings or by the settings themselves, or a program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentFile {
    /// Name in the output.
    #[schemars(extend("pattern" = WHOLE_NAME))]
    pub name: String,
    /// File of its settings, relative to the suite's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// Shares of training levels in which every proxy is free; one group of cells each. Of a program, the shares at which it was trained.
    #[serde(default = "no_mix")]
    #[schemars(length(min = 1, max = 64), inner(range(min = 0.0, max = 1.0)))]
    pub mix: Vec<f64>,
    /// Number of its training seeds (of a program, seeds of its actions), in place of the suite's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub seeds: Option<u32>,
    /// Names of the worlds in which it plays; by default all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub worlds: Option<Vec<String>>,
    /// Its settings, in place of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<AgentConfig>,
    /// The command line of a program that plays, in place of settings; it is started where `misgen run` is. It learns nothing here:
    /// `mix` says under which shares of the world's law it was trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Version of the program, to be changed by hand whenever the program changes: its results are kept under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = WHOLE_NAME))]
    pub version: Option<String>,
}

/// Players that do not learn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct References {
    /// Names of scripted players; `pursuers` stands for the pursuer of each proxy that a world's training law binds.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub scripted: Vec<String>,
}

const fn five() -> u32 {
    5
}

const fn evaluation_levels() -> u32 {
    512
}

const fn training_levels() -> u32 {
    4096
}

fn no_mix() -> Vec<f64> {
    vec![0.0]
}

/// A suite with every name resolved and every value checked.
#[derive(Clone)]
pub struct Suite {
    /// What the file says, with every default written out; a suite of its own that means the same.
    pub file: SuiteFile,
    /// The variables and overrides that were applied, in order.
    pub overrides: Vec<String>,
    /// The worlds, in order.
    pub worlds: Vec<World>,
}

/// A world with everything resolved.
#[derive(Clone)]
pub struct World {
    /// Name in the output.
    pub name: String,
    /// The family.
    pub family: &'static dyn AnyFamily,
    /// What it declares.
    pub spec: FamilySpec,
    /// Name of the training law.
    pub law_name: String,
    /// The training law at mix 0.
    pub law: Law,
    /// All knobs of the family.
    pub knobs: Value,
    /// The shifts, each with all knobs of its levels.
    pub shifts: Vec<(ShiftSpec, Value)>,
    /// The settings of each agent of the suite in this world; `None` for those that do not learn here, and for programs.
    pub learners: Vec<Option<AgentConfig>>,
    /// The scripted players.
    pub scripted: Vec<Script>,
}

impl AgentFile {
    /// Whether it plays in the world of this name.
    #[must_use]
    pub fn plays_in(&self, world: &str) -> bool {
        self.worlds.as_ref().is_none_or(|worlds| worlds.iter().any(|name| name == world))
    }
}

impl Suite {
    /// The seeds: `count` of them, or as many as the suite says.
    pub fn seeds(&self, count: Option<u32>) -> impl Iterator<Item = u64> + use<> {
        let first = u64::from(self.file.first_seed);
        first..first + u64::from(count.unwrap_or(self.file.seeds))
    }

    /// The text of `config.resolved.toml`: a suite that means the same, with nothing left to defaults or files.
    #[must_use]
    pub fn resolved(&self) -> String {
        toml::to_string(&self.file).expect("a checked suite is plain data")
    }
}
