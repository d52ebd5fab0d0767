//! What a command line says about a world.

use crate::args::WorldArgs;
use crate::failure::Failure;
use misgen_core::{
    AnyFamily, FamilySpec, GenerateError, Law, LevelKey, Pool, Registry, ShiftSpec, Split, Ties, did_you_mean,
};
use serde_json::Value;

/// The family called `name`.
pub(super) fn family(registry: Registry, name: &str) -> Result<&'static dyn AnyFamily, Failure> {
    let names = registry.names();
    registry.get(name).ok_or_else(|| {
        let hint = did_you_mean(name, names.iter().copied());
        Failure::usage(format!("no family `{name}`, there are {}{hint}", names.join(", ")))
    })
}

/// The law that the arguments name: (name, law at mix 0).
pub(super) fn law(spec: &FamilySpec, args: &WorldArgs) -> Result<(&'static str, Law), Failure> {
    let wanted = args.law.as_deref().unwrap_or(spec.laws[0].name);
    let found = spec.laws.iter().find(|law| law.name == wanted).map(|law| law.name);
    found.and_then(|name| Some((name, Law::named(spec, name)?))).ok_or_else(|| {
        let names: Vec<&str> = spec.laws.iter().map(|law| law.name).collect();
        let hint = did_you_mean(wanted, names.iter().copied());
        Failure::usage(format!("family `{}` has no law `{wanted}`, it has {}{hint}", spec.name, names.join(", ")))
    })
}

/// The shift called `name`.
pub(super) fn shift(spec: &FamilySpec, name: &str) -> Result<ShiftSpec, Failure> {
    spec.shift(name).ok_or_else(|| {
        let names: Vec<String> = spec.all_shifts().into_iter().map(|shift| shift.name).collect();
        let hint = did_you_mean(name, names.iter().map(String::as_str));
        Failure::usage(format!("family `{}` has no shift `{name}`, it has {}{hint}", spec.name, names.join(", ")))
    })
}

/// All knobs, those of the arguments laid over the defaults.
pub(super) fn knobs(family: &dyn AnyFamily, args: &WorldArgs) -> Result<Value, Failure> {
    let mut given = serde_json::Map::new();
    for text in &args.knobs {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("--knob {text}: expected NAME=VALUE, as in size=11")))?;
        // A bare word is a string; everything else is what JSON says.
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        given.insert(name.trim().into(), value);
    }
    family.knobs(&Value::Object(given)).map_err(Failure::usage)
}

/// A pool of one level: that of `key`, else level `seed` of the stream of levels to look at; under `ties` in either case.
pub(super) fn one_level(
    family: &dyn AnyFamily,
    knobs: &Value,
    key: Option<&LevelKey>,
    seed: u64,
    ties: &Ties,
) -> Result<Box<dyn Pool>, Failure> {
    let mut pool = family.pool(knobs).map_err(Failure::usage)?;
    match key {
        // An id that does not serve here is a slip of whoever asks.
        Some(key) => pool.regenerate(&LevelKey { ties: *ties, ..*key }).map_err(Failure::usage)?,
        None => pool.generate(0, Split::Check, seed, ties).map_err(|error| match error {
            GenerateError::Unsupported { .. } => Failure::usage(error),
            error => Failure::job(error),
        })?,
    }
    Ok(pool)
}
