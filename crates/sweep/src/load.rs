//! From files to suites and agents' settings: what a file extends, the layers over it, the checks.

use crate::config::{
    ConfigError, EXTENDS, Node, Read, Unread, apply_overrides, check, extended, is_variable, parse, read_config, segs,
    sorted,
};
use crate::resolve::resolve;
use crate::suite::{Suite, SuiteFile};
use misgen_agents::AgentConfig;
use misgen_core::{Registry, nearest};
use misgen_store::Fs;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::LazyLock;

/// The schema of a suite's file.
pub(crate) static SUITE_SCHEMA: LazyLock<Value> =
    LazyLock::new(|| of_file(schemars::schema_for!(SuiteFile).to_value(), "suite"));
/// The schema of a file of an agent's settings.
pub(crate) static AGENT_FILE_SCHEMA: LazyLock<Value> =
    LazyLock::new(|| of_file(AGENT_SCHEMA.clone(), "file of settings"));
/// The schema of an agent's settings inside a suite.
pub(crate) static AGENT_SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(AgentConfig).to_value());

/// The schema of a type with the field that every file may have besides.
fn of_file(mut schema: Value, what: &str) -> Value {
    schema["properties"][EXTENDS] = json!({
        "type": "string",
        "description": format!(
            "Another {what} that this one is written over, relative to this file: tables are merged, lists replaced."
        ),
    });
    schema
}

impl Suite {
    /// Reads a suite. `path` is its name in errors; `overrides` are `a.b=value` or variables `MISGEN__A__B=value`, of which
    /// later ones win; `read` reads the files that it names.
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
        Self::of(tree(path, bytes, read)?, overrides, registry, read)
    }

    /// Reads a suite's file and those that it names.
    ///
    /// # Errors
    /// As [`Suite::load`]; also for a file that cannot be read.
    pub fn open(fs: &dyn Fs, path: &Path, overrides: &[String], registry: Registry) -> Result<Self, Vec<ConfigError>> {
        let read = beside(fs, path);
        Self::of(open_tree(fs, path, &read)?, overrides, registry, &read)
    }

    fn of(mut root: Node, overrides: &[String], registry: Registry, read: &Read<'_>) -> Result<Self, Vec<ConfigError>> {
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
}

/// Reads the text of an agent's settings, with overrides `name=value`. Nothing else is read, so that it can extend nothing.
///
/// # Errors
/// Everything that is wrong, in order of place.
pub fn load_agent(path: &str, bytes: &[u8], overrides: &[String]) -> Result<AgentConfig, Vec<ConfigError>> {
    agent(tree(path, bytes, &|_| Err("out of reach here".into()))?, overrides)
}

/// Reads an agent's file.
///
/// # Errors
/// As [`load_agent`]; also for a file that cannot be read.
pub fn open_agent(fs: &dyn Fs, path: &Path, overrides: &[String]) -> Result<AgentConfig, Vec<ConfigError>> {
    agent(open_tree(fs, path, &beside(fs, path))?, overrides)
}

/// A file that is as it should be.
#[derive(Clone)]
pub enum Checked {
    /// A suite.
    Suite(Box<Suite>),
    /// An agent's settings.
    Agent(Box<AgentConfig>),
}

/// Reads a file that is either a suite or an agent's settings, whichever it has more fields of, those that it extends
/// included. Variables belong to suites and are not applied to an agent's settings.
///
/// # Errors
/// As [`Suite::open`] and [`open_agent`]; also where the file could as well be neither.
pub fn open_any(
    fs: &dyn Fs,
    path: &Path,
    overrides: &[String],
    registry: Registry,
) -> Result<Checked, Vec<ConfigError>> {
    let read = beside(fs, path);
    let root = open_tree(fs, path, &read)?;
    let likeness = |schema: &Value| {
        let known: Vec<&str> =
            schema["properties"].as_object().into_iter().flatten().map(|(k, _)| k.as_str()).collect();
        let same = root.keys().filter(|key| known.contains(key)).count();
        // A file of slips alone is told by a few of them.
        let near = root.keys().take(32).filter(|key| nearest(key, known.iter().copied()).is_some()).count();
        (same, near)
    };
    match likeness(&SUITE_SCHEMA).cmp(&likeness(&AGENT_FILE_SCHEMA)) {
        std::cmp::Ordering::Greater => {
            Suite::of(root, overrides, registry, &read).map(|suite| Checked::Suite(Box::new(suite)))
        }
        std::cmp::Ordering::Less => {
            let own: Vec<String> = overrides.iter().filter(|text| !is_variable(text)).cloned().collect();
            agent(root, &own).map(|config| Checked::Agent(Box::new(config)))
        }
        std::cmp::Ordering::Equal => {
            let expected = "a suite (`name`, `worlds`, ...) or an agent's settings (`lr`, `hidden`, ...)";
            Err(vec![root.error(&[], "no field that tells what the file is", expected)])
        }
    }
}

fn agent(mut root: Node, overrides: &[String]) -> Result<AgentConfig, Vec<ConfigError>> {
    let mut errors = layered(&mut root, overrides);
    match settings(&mut root, &AGENT_FILE_SCHEMA, &mut errors) {
        Some(config) if errors.is_empty() => Ok(config),
        _ => Err(sorted(errors)),
    }
}

/// Checks a tree of an agent's settings, as far as they can be read.
pub(crate) fn settings(root: &mut Node, schema: &Value, errors: &mut Vec<ConfigError>) -> Option<AgentConfig> {
    check(root, schema, errors);
    let config: AgentConfig = match serde_json::from_value(root.to_json()) {
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

/// The tree of a file over those that it extends.
fn tree(path: &str, bytes: &[u8], read: &Read<'_>) -> Result<Node, Vec<ConfigError>> {
    let name = Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or(path);
    parse(path, bytes).and_then(|root| extended(root, name, read)).map_err(|error| vec![error])
}

fn open_tree(fs: &dyn Fs, path: &Path, read: &Read<'_>) -> Result<Node, Vec<ConfigError>> {
    let label = path.display().to_string();
    let bytes = read_config(fs, path).map_err(|unread| vec![unreadable(&label, unread)])?;
    tree(&label, &bytes, read)
}

/// Reads files by names relative to the folder of the one at `path`.
fn beside<'a>(fs: &'a dyn Fs, path: &Path) -> impl Fn(&str) -> Result<(String, Vec<u8>), Unread> + use<'a> {
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    move |name| {
        let path = folder.join(name);
        Ok((path.display().to_string(), read_config(fs, &path)?))
    }
}

fn layered(root: &mut Node, overrides: &[String]) -> Vec<ConfigError> {
    let mut errors = apply_overrides(root, overrides);
    if let Some(field) = root.take(EXTENDS) {
        errors.push(field.key.error(String::new(), "`extends` in a layer over the file", "it in files only"));
    }
    errors
}

fn unreadable(path: &str, unread: Unread) -> ConfigError {
    let root = parse(path, b"").expect("an empty file is TOML");
    let nearest = unread.meant(path);
    let mut error = root.error(&[], unread.reason, "a TOML file");
    error.nearest = nearest;
    error
}
