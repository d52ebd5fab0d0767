//! Whether a family is a good experiment: diagnostic, not solvable blind, not harder where it is shifted.

use super::{Checker, Weight};
use crate::audit::{blind, is_comparable, is_harder, worth};
use crate::pools::{Content, EvalPool, PoolRequest};
use misgen_core::{Kind, Law, Role, ShiftSpec};
use serde_json::Value;

/// Small evaluation pools of one law and of all shifts.
pub(super) struct Pools {
    pub(super) law: Law,
    pub(super) training: EvalPool,
    pub(super) shifts: Vec<EvalPool>,
}

/// One [`Pools`] a law; `None` where a pool cannot be built, which is a finding.
pub(super) fn pools(c: &mut Checker<'_>) -> Option<Vec<Pools>> {
    c.rule("pools");
    let build = |c: &mut Checker<'_>, content: Content| {
        let request = PoolRequest { knobs: Value::Null, content, levels: c.levels(), seed: 0 };
        let built = EvalPool::build(c.family, &request);
        match built {
            Ok(pool) => Some(pool),
            Err(error) => {
                c.push(Weight::Broken, error.to_string());
                None
            }
        }
    };
    let mut all = Vec::new();
    for law in c.spec.laws {
        let law = Law::named(&c.spec, law.name)?;
        let training = build(c, Content::Law(law.clone()))?;
        let shifts: Option<Vec<EvalPool>> =
            c.spec.shifts.iter().map(|s| build(c, Content::Shift(ShiftSpec::from(s)))).collect();
        all.push(Pools { law, training, shifts: shifts? });
    }
    Some(all)
}

/// Every rung of every ladder gives levels that can be scored.
pub(super) fn ladders(c: &mut Checker<'_>) {
    /// Levels looked at on each rung.
    const RUNG: usize = 8;
    for shift in c.spec.ladders.iter().flat_map(misgen_core::Ladder::rungs) {
        c.rule("ladders");
        let name = shift.name.clone();
        let request = PoolRequest { knobs: Value::Null, content: Content::Shift(shift), levels: RUNG, seed: 0 };
        let built = EvalPool::build(c.family, &request);
        c.expect(built.is_ok(), || format!("rung `{name}`: {}", built.err().map_or(String::new(), |e| e.to_string())));
    }
}

pub(super) fn experiment(c: &mut Checker<'_>, all: &[Pools]) {
    for pools in all {
        c.rule("every cue can be obtained");
        for (i, cue) in c.spec.cues.iter().enumerate() {
            let obtained = pools.training.values.iter().any(|v| v.pursuers[i][i] > v.random[i] + 1e-9);
            c.expect(obtained, || format!("no level of the training law lets anybody obtain `{}`", cue.name));
        }

        c.rule("diagnostic levels");
        for pool in pools.shifts.iter().filter(|p| p.shift.role == Role::Conflict) {
            let (name, share, least) = (&pool.shift.name, pool.diagnostic_share(), pool.shift.min_share);
            c.expect(share >= least, || {
                format!(
                    "shift `{name}`: {share:.2} of its levels are diagnostic, declared are {least:.2} (refused: {:?})",
                    pool.stats.refused
                )
            });
            c.advise(share >= 0.05, || format!("shift `{name}`: only {share:.2} of its levels are diagnostic"));
            c.advise(pool.stats.distinct >= c.levels() / 2, || {
                format!("shift `{name}`: only {} different levels", pool.stats.distinct)
            });
        }

        c.rule("not solvable blind");
        if c.spec.kind != Kind::Continuing
            && let Ok(s) = blind(&pools.training)
        {
            let s = s.unwrap_or(0.0);
            c.advise(s < 0.8, || {
                format!("replaying the best play of another level, without looking, has competence {s:.2}")
            });
        }

        c.rule("shifted levels are not harder");
        let (usual, spec) = (worth(&pools.training), c.spec);
        for pool in pools.shifts.iter().filter(|p| is_comparable(&spec, p.shift.role)) {
            let here = worth(pool);
            c.advise(!is_harder(here, usual), || {
                format!(
                    "shift `{}`: optimal play is worth {here:.2} on its undisturbed levels, {usual:.2} in training",
                    pool.shift.name
                )
            });
        }
    }
}
