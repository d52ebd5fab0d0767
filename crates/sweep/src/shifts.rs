//! Shifts that a suite defines, and the names by which its worlds ask for shifts.

use crate::config::{ConfigError, Node, Seg, or_list, segs, shown};
use crate::suite::{ShiftFile, WorldFile};
use misgen_core::{AnyFamily, FamilySpec, Registry, Role, ShiftSpec, Tie, Ties};
use serde_json::{Map, Value};

/// Refuses something of the suite at its place.
fn refuse(
    root: &Node,
    path: &[Seg<'_>],
    found: impl Into<String>,
    expected: impl Into<String>,
    errors: &mut Vec<ConfigError>,
) {
    errors.push(root.error(path, found, expected));
}

/// The shifts of the list `[[shifts]]`, each with the family it is of. What is wrong is reported and left out.
pub(crate) fn defined(
    root: &Node,
    files: &[ShiftFile],
    registry: Registry,
    errors: &mut Vec<ConfigError>,
) -> Vec<(&'static str, ShiftSpec)> {
    let mut all: Vec<(&'static str, ShiftSpec)> = Vec::new();
    for (i, file) in files.iter().enumerate() {
        let at = |key| [Seg::Key("shifts"), Seg::Index(i), Seg::Key(key)];
        let Some(family) = registry.get(&file.family) else {
            let names = registry.names();
            let found = format!("the unknown family `{}`", shown(&file.family));
            let error = root.error(&at("family"), found, or_list(names.iter().copied()));
            errors.push(error.near(&file.family, names));
            continue;
        };
        let before = errors.len();
        let shift = shift(root, i, file, family, errors);
        let spec = family.spec();
        let taken = spec.shift(&file.name).is_some() || spec.ladders.iter().any(|l| l.shift.name == file.name);
        if taken || file.name == crate::inputs::TRAINING_ROW {
            let found = format!("the name `{}`, which family `{}` uses itself", file.name, spec.name);
            refuse(root, &at("name"), found, "a name of its own", errors);
        }
        if all.iter().any(|(family, known)| *family == spec.name && known.name == file.name) {
            let found = format!("the name `{}` a second time in family `{}`", file.name, spec.name);
            refuse(root, &at("name"), found, "a `name` that no other shift of the family has", errors);
        }
        if errors.len() == before {
            all.push((spec.name, shift));
        }
    }
    all
}

fn shift(root: &Node, i: usize, file: &ShiftFile, family: &dyn AnyFamily, errors: &mut Vec<ConfigError>) -> ShiftSpec {
    let spec = family.spec();
    let at = |key| [Seg::Key("shifts"), Seg::Index(i), Seg::Key(key)];
    let before = errors.len();
    let mut ties = [Tie::Bound; misgen_core::MAX_PROXIES];
    for (name, tie) in &file.ties {
        let path = [Seg::Key("shifts"), Seg::Index(i), Seg::Key("ties"), Seg::Key(name)];
        let proxies: Vec<&str> = spec.cues[1..].iter().map(|cue| cue.name).collect();
        match proxies.iter().position(|proxy| proxy == name) {
            None => {
                let found = format!("the unknown proxy `{}`", shown(name));
                errors.push(root.error(&path, found, or_list(proxies.iter().copied())).near(name, proxies));
            }
            Some(proxy) if !spec.supports[proxy].contains(tie) => {
                let able = spec.supports[proxy].iter().map(|tie| tie.word());
                refuse(root, &path, format!("`{}`, which `{name}` cannot be", tie.word()), or_list(able), errors);
            }
            Some(proxy) => ties[proxy] = *tie,
        }
    }
    let mut ties = Ties::new(&ties[..spec.proxies()]);
    if let Some(flag) = &file.flag {
        match spec.flags.iter().position(|name| name == flag) {
            Some(value) => ties = ties.with_flag(value as u8),
            None if spec.flags.is_empty() => {
                refuse(root, &at("flag"), format!("`{}`", shown(flag)), "no flag: this family has none", errors);
            }
            None => {
                let found = format!("the unknown flag `{}`", shown(flag));
                let error = root.error(&at("flag"), found, or_list(spec.flags.iter().copied()));
                errors.push(error.near(flag, spec.flags.iter().copied()));
            }
        }
    }
    // What a refused tie would have said is not missed a second time.
    let place = format!("shifts[{i}].ties");
    let refused = errors.iter().any(|error| error.field.starts_with(&place));
    let apart = refused || ties.as_slice().iter().any(|tie| matches!(tie, Tie::Opposed | Tie::Free));
    match file.role {
        Role::Training => {
            refuse(root, &at("role"), "`training`", "a role of shifts: the training row is there anyway", errors);
        }
        // A tie that is wrong was named already.
        Role::Conflict if !apart && errors.len() == before => {
            refuse(root, &at("role"), "`conflict` with no tie broken", "a tie `opposed` or `free`", errors);
        }
        Role::GoalAbsent if !spec.supports(&ties.without_goal()) => {
            let found = format!("`goal-absent`, but family `{}` has no level without a goal", spec.name);
            refuse(root, &at("role"), found, "another role", errors);
        }
        Role::GoalAbsent => ties = ties.without_goal(),
        _ => {}
    }
    knobs(root, i, &file.knobs, family, errors);
    ShiftSpec {
        name: file.name.clone(),
        means: file.means.clone(),
        role: file.role,
        ties,
        knobs: Value::Object(file.knobs.clone()),
        min_share: 0.0,
        fixed_distance: file.fixed_distance,
        severity: file.severity,
        palette: file.palette,
    }
}

/// Knobs are held against the family's defaults here, and against each world's own where it is used.
fn knobs(root: &Node, i: usize, given: &Map<String, Value>, family: &dyn AnyFamily, errors: &mut Vec<ConfigError>) {
    if let Err(error) = family.knobs(&Value::Object(given.clone())) {
        let mut path = vec![Seg::Key("shifts"), Seg::Index(i), Seg::Key("knobs")];
        path.extend(segs(&error.knob));
        let path = if root.get(&path).is_some() { &path[..] } else { &path[..3] };
        errors.push(root.worded(path, &error.reason));
    }
}

/// The shifts of a world: those of its list, by the names of the family's shifts, ladders (all rungs) and rungs and of the
/// suite's own; by default all that the family declares one by one and all of the suite's.
pub(crate) fn chosen(
    root: &Node,
    i: usize,
    world: &WorldFile,
    spec: &FamilySpec,
    defined: &[(&'static str, ShiftSpec)],
    errors: &mut Vec<ConfigError>,
) -> Vec<ShiftSpec> {
    let own = || defined.iter().filter(|(family, _)| *family == spec.name).map(|(_, shift)| shift);
    let Some(names) = &world.shifts else {
        return spec.shifts.iter().map(ShiftSpec::from).chain(own().cloned()).collect();
    };
    let mut found: Vec<ShiftSpec> = Vec::new();
    for (k, name) in names.iter().enumerate() {
        let path = [Seg::Key("worlds"), Seg::Index(i), Seg::Key("shifts"), Seg::Index(k)];
        let ladder = spec.ladders.iter().find(|ladder| ladder.shift.name == name);
        let named: Vec<ShiftSpec> = match ladder {
            Some(ladder) => ladder.rungs(),
            None => spec.shift(name).or_else(|| own().find(|s| s.name == *name).cloned()).into_iter().collect(),
        };
        if named.is_empty() {
            let known: Vec<&str> = spec
                .shifts
                .iter()
                .map(|shift| shift.name)
                .chain(spec.ladders.iter().map(|ladder| ladder.shift.name))
                .chain(own().map(|shift| shift.name.as_str()))
                .collect();
            let error =
                root.error(&path, format!("the unknown shift `{}`", shown(name)), or_list(known.iter().copied()));
            errors.push(error.near(name, known));
        }
        for shift in named {
            if found.iter().any(|known| known.name == shift.name) {
                refuse(root, &path, format!("`{}` a second time", shift.name), "each shift once", errors);
            } else {
                found.push(shift);
            }
        }
    }
    found
}
