//! The suite file: which worlds, agents, mixes and seeds, and what to evaluate.

use crate::config::{ConfigError, NAME_PATTERN, Node, apply_override, check, parse, segs, sorted};
use crate::resolve::resolve;
use misgen_agents::PpoConfig;
use misgen_core::{AnyFamily, FamilySpec, Law, Registry, ShiftSpec};
use misgen_solve::Script;
use misgen_store::Fs;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::Path;
use std::sync::LazyLock;

/// The largest configuration file that is read, bytes.
const LARGEST: u64 = 1 << 20;

static SUITE_SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(SuiteFile).to_value());
static AGENT_SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(PpoConfig).to_value());

/// Reads an agent's file: its name as the suite writes it to its name in errors and its bytes, or why not.
pub type Read<'a> = dyn Fn(&str) -> Result<(String, Vec<u8>), String> + 'a;

/// A suite as it is written. `misgen run` reads it from TOML.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuiteFile {
    /// Name of the suite; becomes part of the name of the run's folder.
    #[schemars(extend("pattern" = NAME_PATTERN))]
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
}

/// One world: a family under a training law.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorldFile {
    /// Name in the output; by default the family's, with the law's where one is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = NAME_PATTERN))]
    pub name: Option<String>,
    /// Name of the family.
    pub family: String,
    /// Name of the training law; by default the family's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub law: Option<String>,
    /// Environment steps of training, in place of the agents' own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub frames: Option<u64>,
    /// Knobs of the family that differ from its defaults.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub knobs: Map<String, Value>,
    /// Names of the shifts; by default all of the family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub shifts: Option<Vec<String>>,
    /// Settings of the agents that differ in this world; the names of the agent's file.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub learner: Map<String, Value>,
}

/// One agent, by the file of its settings or by the settings themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentFile {
    /// Name in the output.
    #[schemars(extend("pattern" = NAME_PATTERN))]
    pub name: String,
    /// File of its settings, relative to the suite's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// Shares of training levels in which every proxy is free; one group of cells each.
    #[serde(default = "no_mix")]
    #[schemars(length(min = 1, max = 64), inner(range(min = 0.0, max = 1.0)))]
    pub mix: Vec<f64>,
    /// Its settings, in place of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<PpoConfig>,
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
    /// The overrides that were applied.
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
    /// The settings of each agent of the suite in this world.
    pub learners: Vec<PpoConfig>,
    /// The scripted players.
    pub scripted: Vec<Script>,
}

impl Suite {
    /// Reads a suite. `path` is its name in errors; `overrides` are `a.b=value`; `read` reads the
    /// files of agents.
    ///
    /// # Errors
    /// Everything that is wrong, in order of place.
    pub fn load(
        path: &str,
        bytes: &[u8],
        overrides: &[String],
        registry: Registry,
        read: &Read<'_>,
    ) -> Result<Self, Vec<ConfigError>> {
        let mut root = parse(path, bytes).map_err(|error| vec![error])?;
        let mut errors = layered(&mut root, overrides);
        check(&mut root, &SUITE_SCHEMA, &mut errors);
        match serde_json::from_value(root.to_json()) {
            Ok(file) => resolve(&root, file, registry, read, &mut errors)
                .filter(|_| errors.is_empty())
                .map(|(file, worlds)| Self { file, overrides: overrides.to_vec(), worlds })
                .ok_or_else(|| sorted(errors)),
            // Where nothing was reported, the schema was weaker than the type.
            Err(error) => {
                if errors.is_empty() {
                    errors.push(root.worded(&[], &error.to_string()));
                }
                Err(sorted(errors))
            }
        }
    }

    /// Reads a suite's file and those of its agents.
    ///
    /// # Errors
    /// As [`Suite::load`]; also for a file that cannot be read.
    pub fn open(fs: &dyn Fs, path: &Path, overrides: &[String], registry: Registry) -> Result<Self, Vec<ConfigError>> {
        let label = path.display().to_string();
        let bytes = read_config(fs, path).map_err(|reason| vec![unreadable(&label, reason)])?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let read = |name: &str| {
            let path = folder.join(name);
            Ok((path.display().to_string(), read_config(fs, &path)?))
        };
        Self::load(&label, &bytes, overrides, registry, &read)
    }

    /// The seeds.
    pub fn seeds(&self) -> impl Iterator<Item = u64> + use<> {
        let first = u64::from(self.file.first_seed);
        first..first + u64::from(self.file.seeds)
    }

    /// The text of `config.resolved.toml`: a suite that means the same, with nothing left to defaults or files.
    #[must_use]
    pub fn resolved(&self) -> String {
        toml::to_string(&self.file).expect("a checked suite is plain data")
    }
}

/// Reads an agent's settings, with overrides `name=value`.
///
/// # Errors
/// Everything that is wrong, in order of place.
pub fn load_agent(path: &str, bytes: &[u8], overrides: &[String]) -> Result<PpoConfig, Vec<ConfigError>> {
    let mut root = parse(path, bytes).map_err(|error| vec![error])?;
    let mut errors = layered(&mut root, overrides);
    match settings(&mut root, &mut errors) {
        Some(config) if errors.is_empty() => Ok(config),
        _ => Err(sorted(errors)),
    }
}

/// Reads an agent's file.
///
/// # Errors
/// As [`load_agent`]; also for a file that cannot be read.
pub fn open_agent(fs: &dyn Fs, path: &Path, overrides: &[String]) -> Result<PpoConfig, Vec<ConfigError>> {
    let label = path.display().to_string();
    let bytes = read_config(fs, path).map_err(|reason| vec![unreadable(&label, reason)])?;
    load_agent(&label, &bytes, overrides)
}

/// Checks a tree of an agent's settings, as far as they can be read.
pub(crate) fn settings(root: &mut Node, errors: &mut Vec<ConfigError>) -> Option<PpoConfig> {
    check(root, &AGENT_SCHEMA, errors);
    let config: PpoConfig = match serde_json::from_value(root.to_json()) {
        Ok(config) => config,
        Err(error) => {
            errors.push(root.worded(&[], &error.to_string()));
            return None;
        }
    };
    for range in config.check() {
        let mut error = root.worded(&segs(&range.path), &range.message);
        error.field = range.path;
        errors.push(error);
    }
    Some(config)
}

fn layered(root: &mut Node, overrides: &[String]) -> Vec<ConfigError> {
    overrides.iter().filter_map(|text| apply_override(root, text).err()).collect()
}

fn read_config(fs: &dyn Fs, path: &Path) -> Result<Vec<u8>, String> {
    fs.read(path, LARGEST).map_err(|error| match error.kind() {
        std::io::ErrorKind::FileTooLarge => format!("a file of more than {LARGEST} bytes"),
        _ => format!("a file that cannot be read ({error})"),
    })
}

fn unreadable(path: &str, reason: String) -> ConfigError {
    let root = parse(path, b"").expect("an empty file is TOML");
    root.error(&[], reason, "a TOML file")
}
