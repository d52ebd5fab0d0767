//! How hard the levels of a family are, law by law and shift by shift.
//!
//! A shift should be another world, not a harder one: an agent that fails on it may otherwise only lack skill. Random
//! play, the goal pursuer and a player that does not look at the level say how much skill there is to have.

use crate::controls::control;
use crate::pools::{Content, EvalPool, MAX_STATES, PoolError, PoolRequest};
use crate::record::SCHEMA_VERSION;
use crate::row::EvaluateError;
use misgen_core::{AnyFamily, FamilySpec, Kind, Law, Role, ShiftSpec};
use misgen_solve::{Ends, LevelValues, Script, distance};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Below this share of what it is worth in training, optimal play says that a shift is harder.
pub const HARDER: f64 = 0.7;
/// Random play says that a shift is easier when it brings this share of the best play's value in training more than there.
pub const EASIER: f64 = 0.15;

/// How many states the levels of a row have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct States {
    /// Mean over levels.
    pub mean: f64,
    /// Most of one level.
    pub most: usize,
}

/// The levels of one law, shift or rung. Values are of the goal's reward, discounted, means over levels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Name of the shift or rung; of the law on training rows.
    pub name: String,
    /// What the row is for.
    pub role: Role,
    /// How severe a rung is.
    pub severity: Option<f64>,
    /// Levels generated.
    pub generated: usize,
    /// Levels kept, which all that follows is about.
    pub levels: usize,
    /// Share of the generated levels that passed screening; 1 where nothing is screened.
    pub diagnostic: f64,
    /// Levels refused, by reason.
    pub refused: BTreeMap<String, usize>,
    /// Different levels among those kept.
    pub distinct: usize,
    /// Whether values are exact, not planned.
    pub exact: bool,
    /// Reachable states; null where levels are planned, not enumerated.
    pub states: Option<States>,
    /// Fewest steps until the goal is obtained first, on levels where it can be; null where none can or levels are planned.
    pub steps: Option<f64>,
    /// Value of uniformly random play.
    pub random: Option<f64>,
    /// Value of the goal pursuer.
    pub goal: Option<f64>,
    /// The same on the aligned twins, where the role has them.
    pub undisturbed: Option<f64>,
    /// Competence of the best play of *another* level, replayed without looking: 0 random, 1 best.
    pub blind: Option<f64>,
    /// What stands out, in words.
    pub notes: Vec<String>,
}

/// The audit of a family.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// Version of this document.
    pub schema_version: u32,
    /// Family and version.
    pub family: String,
    /// How a planned family plans.
    pub planner: Option<String>,
    /// One a law, a shift and a rung, in order of declaration.
    pub rows: Vec<AuditRow>,
}

/// Why a family could not be audited.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// A pool could not be made.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// A player could not play.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
}

/// Levels looked at by default: fewer where their values have to be played out.
#[must_use]
pub const fn usual_levels(spec: &FamilySpec) -> usize {
    if spec.is_planned() { 12 } else { 64 }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    let n = values.len();
    (n > 0).then(|| values.sum::<f64>() / n as f64)
}

/// Mean value of the goal pursuer on undisturbed levels: twins where there are, else the levels themselves.
#[must_use]
pub fn worth(pool: &EvalPool) -> f64 {
    let values = if pool.twins.is_some() { &pool.twin_values } else { &pool.values };
    mean(values.iter().map(LevelValues::v_goal)).unwrap_or(0.0)
}

/// Whether optimal play is worth much less than in training.
#[must_use]
pub fn is_harder(here: f64, training: f64) -> bool {
    here < HARDER * training
}

/// Whether difficulty on a shift can be held against that in training: not where counts of the goal differ by design.
#[must_use]
pub const fn is_comparable(spec: &FamilySpec, role: Role) -> bool {
    !matches!(spec.kind, Kind::Instrumental | Kind::Continuing)
        && !matches!(role, Role::Training | Role::GoalAbsent | Role::Reference)
}

/// Competence of the best play of another level: under the training reward on training levels, else under the goal's.
/// `None` where competence has no meaning.
///
/// # Errors
/// When a level is too large.
pub fn blind(pool: &EvalPool) -> Result<Option<f64>, EvaluateError> {
    if pool.shift.role == Role::Training {
        return Ok(control(pool, &Script::Elsewhere("training".into()))?.s_train);
    }
    if pool.spec.kind == Kind::Continuing || pool.shift.role == Role::GoalAbsent {
        return Ok(None);
    }
    Ok(control(pool, &Script::Elsewhere("goal".into()))?.row.gt)
}

/// Audits `levels` levels of each law, shift and rung of `family` under its default knobs.
///
/// # Errors
/// When a law's levels cannot be made, or a level is too large to solve. A shift none of whose levels passes screening is no
/// error but a note.
pub fn audit(family: &dyn AnyFamily, levels: usize) -> Result<Audit, AuditError> {
    let spec = family.spec();
    let build = |content| EvalPool::build(family, &PoolRequest { knobs: Value::Null, content, levels, seed: 0 });
    let mut rows = Vec::new();
    for law in spec.laws {
        let content = Content::Law(Law::named(&spec, law.name).expect("the family's own law"));
        rows.push(AuditRow { name: law.name.into(), ..row(&build(content)?)? });
    }
    let laws = rows.len();
    for shift in spec.all_shifts() {
        let built = match build(Content::Shift(shift.clone())) {
            Ok(pool) => row(&pool)?,
            Err(PoolError::NoneLeft { generated, refused, .. }) => nothing(&spec, shift, generated, refused),
            Err(error) => return Err(error.into()),
        };
        rows.push(built);
    }
    let (training, shifts) = rows.split_at_mut(laws);
    for row in shifts.iter_mut().filter(|row| is_comparable(&spec, row.role)) {
        let found: Vec<String> = training.iter().flat_map(|law| compare(row, law)).collect();
        row.notes.extend(found);
    }
    let planner = spec.planner.map(Into::into);
    Ok(Audit { schema_version: SCHEMA_VERSION, family: spec.id(), planner, rows })
}

/// What stands out on `row` beside the levels of `law`.
fn compare(row: &AuditRow, law: &AuditRow) -> Vec<String> {
    let (Some(random), Some(goal), Some(usual_random), Some(usual)) = (row.random, row.goal, law.random, law.goal)
    else {
        return Vec::new();
    };
    let mut notes = Vec::new();
    let undisturbed = row.undisturbed.filter(|worth| is_harder(*worth, usual)).map(|worth| (worth, " undisturbed"));
    if let Some((worth, how)) = undisturbed.or_else(|| is_harder(goal, usual).then_some((goal, ""))) {
        notes.push(format!("harder: best play is worth {worth:.2}{how}, {usual:.2} under law {}", law.name));
    }
    if random > usual_random + EASIER * usual {
        notes.push(format!("easier: random play is worth {random:.2}, {usual_random:.2} under law {}", law.name));
    }
    notes
}

/// The row of one pool, without notes.
///
/// # Errors
/// When a level is too large.
pub fn row(pool: &EvalPool) -> Result<AuditRow, EvaluateError> {
    let exact = !pool.spec.is_planned();
    let (mut states, mut steps) = (Vec::new(), Vec::new());
    if exact {
        for i in 0..pool.pool.len() {
            let graph = pool.pool.graph(i, MAX_STATES)?;
            states.push(graph.states());
            steps.extend(distance(&graph, pool.spec.cues[0].events(), Ends::Pass).map(f64::from));
        }
    }
    Ok(AuditRow {
        name: pool.shift.name.clone(),
        role: pool.shift.role,
        severity: pool.shift.severity,
        generated: pool.stats.generated,
        levels: pool.pool.len(),
        diagnostic: pool.diagnostic_share(),
        refused: pool.stats.refused.clone(),
        distinct: pool.stats.distinct,
        exact,
        states: mean(states.iter().map(|n| *n as f64))
            .map(|mean| States { mean, most: states.iter().copied().max().unwrap_or(0) }),
        steps: mean(steps.into_iter()),
        random: mean(pool.values.iter().map(LevelValues::v_rand)),
        goal: mean(pool.values.iter().map(LevelValues::v_goal)),
        undisturbed: pool.twins.is_some().then(|| worth(pool)),
        blind: blind(pool)?,
        notes: Vec::new(),
    })
}

/// The row of a shift that left no level.
fn nothing(spec: &FamilySpec, shift: ShiftSpec, generated: usize, refused: BTreeMap<String, usize>) -> AuditRow {
    AuditRow {
        name: shift.name,
        role: shift.role,
        severity: shift.severity,
        generated,
        levels: 0,
        diagnostic: 0.0,
        refused,
        distinct: 0,
        exact: !spec.is_planned(),
        states: None,
        steps: None,
        random: None,
        goal: None,
        undisturbed: None,
        blind: None,
        notes: vec!["no level passed screening".into()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_much_harder_or_easier_than_training_is_noted() {
        let spec = misgen_families::REGISTRY.get("corner").expect("registered").spec();
        let shift = || ShiftSpec::from(&spec.shifts[0]);
        let valued = |random, goal, undisturbed| AuditRow {
            random: Some(random),
            goal: Some(goal),
            undisturbed,
            ..nothing(&spec, shift(), 0, BTreeMap::new())
        };
        let law = AuditRow { name: "aligned".into(), ..valued(0.1, 0.8, None) };
        for (row, expected) in [
            (valued(0.1, 0.57, None), vec![]),
            (valued(0.1, 0.55, None), vec!["harder: best play is worth 0.55, 0.80 under law aligned"]),
            (valued(0.1, 0.8, Some(0.5)), vec!["harder: best play is worth 0.50 undisturbed, 0.80 under law aligned"]),
            (valued(0.21, 0.8, None), vec![]),
            (valued(0.23, 0.8, Some(0.8)), vec!["easier: random play is worth 0.23, 0.10 under law aligned"]),
            (nothing(&spec, shift(), 9, BTreeMap::new()), vec![]),
        ] {
            assert_eq!(compare(&row, &law), expected);
        }
        assert!(is_comparable(&spec, Role::Conflict) && !is_comparable(&spec, Role::GoalAbsent));
    }
}
