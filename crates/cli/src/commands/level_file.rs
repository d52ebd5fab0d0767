//! Levels that a person wrote.

use crate::failure::Failure;
use misgen_core::{AnyFamily, LevelFile, Pool, Registry, did_you_mean};
use misgen_store::{Fs, RealFs};
use serde_json::Value;
use std::fmt::Display;
use std::path::Path;

fn at(path: &Path, error: &dyn Display) -> Failure {
    Failure::usage(format!("{}: {error}", path.display()))
}

/// A file's form.
pub(super) fn parse(path: &Path) -> Result<LevelFile, Failure> {
    let bytes = RealFs.read(path, LevelFile::MAX_BYTES as u64).map_err(|e| at(path, &e))?;
    LevelFile::parse(&String::from_utf8(bytes).map_err(|e| at(path, &e))?).map_err(|e| at(path, &e))
}

/// The family that a file names.
pub(super) fn named_family(
    path: &Path,
    file: &LevelFile,
    registry: Registry,
) -> Result<&'static dyn AnyFamily, Failure> {
    let Some((name, (line, column))) = &file.family else {
        let expected = "expected a line `# family: NAME` behind `---`, or `--file` after a family's name";
        return Err(at(path, &format!("the file names no family: {expected}")));
    };
    registry.get(name).ok_or_else(|| {
        let hint = did_you_mean(name, registry.names());
        let place = format!("level text, line {line}, column {column}");
        at(path, &format!("{place}: no family `{name}`, there are {}{hint}", registry.names().join(", ")))
    })
}

/// A pool of `copies` of the file's level, one of `family`'s under `knobs`. A file that names another family is refused.
pub(super) fn levels(
    path: &Path,
    family: &dyn AnyFamily,
    knobs: &Value,
    copies: usize,
) -> Result<Box<dyn Pool>, Failure> {
    let file = parse(path)?;
    let name = family.spec().name;
    if let Some((other, (line, column))) = file.family.as_ref().filter(|(other, _)| other != name) {
        let place = format!("level text, line {line}, column {column}");
        return Err(at(path, &format!("{place}: a level of `{other}`, expected one of `{name}`")));
    }
    let mut pool = family.pool(knobs).map_err(Failure::usage)?;
    for _ in 0..copies {
        pool.push_text(&file.text).map_err(|e| at(path, &file.place(e)))?;
    }
    Ok(pool)
}
