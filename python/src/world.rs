//! What Python says about a world, by names.

use misgen_core::{AnyFamily, Events, FamilySpec, Law, ShiftSpec, Split, did_you_mean};
use misgen_evaluate::pools::{Content, merged, process};
use misgen_families::REGISTRY;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde_json::Value;

/// A `ValueError` that says `message`.
pub(crate) fn wrong(message: impl ToString) -> PyErr {
    PyValueError::new_err(message.to_string())
}

/// The names of all families, in their order.
#[pyfunction]
pub(crate) fn families() -> Vec<&'static str> {
    REGISTRY.names()
}

/// Everything that a family declares, as JSON.
#[pyfunction]
pub(crate) fn describe(family: &str) -> PyResult<String> {
    let family = known_family(family)?;
    let defaults = family.knobs(&Value::Null).map_err(wrong)?;
    Ok(misgen_report::describe_json(&family.spec(), &defaults, &family.knobs_schema()).to_string())
}

pub(crate) fn known_family(name: &str) -> PyResult<&'static dyn AnyFamily> {
    REGISTRY.get(name).ok_or_else(|| {
        let names = REGISTRY.names();
        let hint = did_you_mean(name, names.iter().copied());
        wrong(format!("no family `{name}`, there are {}{hint}", names.join(", ")))
    })
}

/// All knobs, those given as a JSON object laid over the defaults.
pub(crate) fn known_knobs(family: &dyn AnyFamily, knobs: &str) -> PyResult<Value> {
    let given: Value = serde_json::from_str(knobs).map_err(wrong)?;
    family.knobs(&given).map_err(wrong)
}

/// The law called `name`, the family's first unless said otherwise, and its name.
pub(crate) fn known_law(spec: &FamilySpec, name: Option<&str>, mix: f64) -> PyResult<(&'static str, Law)> {
    if !(0.0..=1.0).contains(&mix) {
        return Err(wrong(format!("mix {mix}: expected a share from 0 to 1")));
    }
    let wanted = name.unwrap_or(spec.laws[0].name);
    let found = spec.laws.iter().find(|law| law.name == wanted).map(|law| law.name);
    let law = found.and_then(|name| Some((name, Law::named(spec, name)?.mixed(mix))));
    law.ok_or_else(|| {
        let names: Vec<&str> = spec.laws.iter().map(|law| law.name).collect();
        let hint = did_you_mean(wanted, names.iter().copied());
        wrong(format!("family `{}` has no law `{wanted}`, it has {}{hint}", spec.name, names.join(", ")))
    })
}

/// The shift, or the rung of a ladder, called `name`.
pub(crate) fn known_shift(spec: &FamilySpec, name: &str) -> PyResult<ShiftSpec> {
    spec.shift(name).ok_or_else(|| {
        let names: Vec<String> = spec.all_shifts().into_iter().map(|shift| shift.name).collect();
        let hint = did_you_mean(name, names.iter().map(String::as_str));
        wrong(format!("family `{}` has no shift `{name}`, it has {}{hint}", spec.name, names.join(", ")))
    })
}

pub(crate) fn known_split(name: &str) -> PyResult<Split> {
    let known = [Split::Train, Split::Eval, Split::Check].into_iter().find(|split| split.word() == name);
    known.ok_or_else(|| wrong(format!("split `{name}`, expected train, eval or check")))
}

/// What an environment plays: levels of a training law, or of a shift.
pub(crate) struct World {
    pub(crate) family: &'static dyn AnyFamily,
    /// With the rewards that the knobs make.
    pub(crate) spec: FamilySpec,
    pub(crate) knobs: Value,
    pub(crate) content: Content,
    /// Cues that compete for coming first.
    pub(crate) designated: Vec<usize>,
    /// Events that end an episode besides the rules: on conflict shifts, as in evaluation.
    pub(crate) stop: Events,
    pub(crate) limit: u16,
}

impl World {
    pub(crate) fn new(
        family: &str,
        knobs: &str,
        law: Option<&str>,
        mix: f64,
        shift: Option<&str>,
        limit: Option<u16>,
    ) -> PyResult<Self> {
        let family = known_family(family)?;
        let declared = family.spec();
        let mut knobs = known_knobs(family, knobs)?;
        let shift = shift.map(|name| known_shift(&declared, name)).transpose()?;
        if shift.is_some() && (law.is_some() || mix != 0.0) {
            return Err(wrong("a shift has ties of its own: expected either `shift`, or `law` and `mix`"));
        }
        if limit == Some(0) {
            return Err(wrong("max_steps 0: expected at least 1"));
        }
        if let Some(shift) = &shift {
            knobs = family.knobs(&merged(&knobs, &shift.knobs)).map_err(wrong)?;
        }
        let pool = family.pool(&knobs).map_err(wrong)?;
        let (spec, suggested) = (pool.spec(), pool.limit());
        let (content, designated, stop, own) = match shift {
            Some(shift) => {
                let process = process(&spec, &shift, suggested);
                let designated = shift.designated(&spec);
                (Content::Shift(shift), designated, process.stop, process.limit)
            }
            None => {
                let (_, law) = known_law(&spec, law, mix)?;
                let all = (0..spec.cues.len()).collect();
                (Content::Law(law), all, Events::NONE, spec.training_limit(suggested))
            }
        };
        Ok(Self { family, spec, knobs, content, designated, stop, limit: limit.unwrap_or(own) })
    }
}
