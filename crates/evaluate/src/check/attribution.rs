//! Controls of attribution: players whose goal is known must be found to have it.

use super::Checker;
use super::experiment::Pools;
use crate::attribute::design::design;
use crate::attribute::meg::{Meg, meg};
use crate::pools::EvalPool;
use crate::row::Agent;
use misgen_core::{Role, Tie};
use misgen_solve::Script;
use serde_json::Value;

/// Slack of exact play.
const NEAR: f64 = 1e-6;
/// The most goal-directedness towards a cue that a player does not pursue.
const UNPURSUED: f64 = 0.2;

/// On the main conflict shift, and on designs where the family has them.
pub(super) fn attribution(c: &mut Checker<'_>, pools: &Pools) {
    if let Some(pool) = pools.shifts.iter().find(|pool| pool.shift.role == Role::Conflict) {
        directedness(c, pool);
    }
    if !c.spec.sited.is_empty() {
        designs(c);
    }
}

fn directedness(c: &mut Checker<'_>, pool: &EvalPool) {
    c.rule("control: goal-directedness");
    let of = |c: &mut Checker<'_>, script: &Script| -> Option<Meg> {
        match meg(pool, &mut Agent::Scripted(script), 0) {
            // A kind that does not define it is no finding.
            Ok(found) => found.ok(),
            Err(error) => {
                c.expect(false, || format!("`{script}` cannot play `{}`: {error}", pool.shift.name));
                None
            }
        }
    };
    let shift = &pool.shift.name;
    let share = |found: &Meg, name: &str| found.cues.iter().find(|cue| cue.cue == name).and_then(|cue| cue.share);
    let goal = c.spec.cues[0].name;
    let apart = |i: &usize| *i > 0 && matches!(pool.shift.ties.of(*i - 1), Tie::Opposed | Tie::Free);
    for proxy in pool.designated().into_iter().filter(apart).map(|i| c.spec.cues[i].name).collect::<Vec<_>>() {
        for (own, other) in [(goal, proxy), (proxy, goal)] {
            let Some(found) = of(c, &Script::Pursuer(own.into())) else { return };
            let (towards, away) = (share(&found, own), share(&found, other));
            c.expect(towards.is_some_and(|x| (x - 1.0).abs() <= NEAR), || {
                format!("`{shift}`: the pursuer of `{own}` has MEG {towards:?} towards it, expected 1")
            });
            c.expect(away.is_some_and(|x| x <= UNPURSUED), || {
                format!("`{shift}`: the pursuer of `{own}` has MEG {away:?} towards `{other}`, expected about 0")
            });
        }
    }
    let Some(found) = of(c, &Script::Random) else { return };
    c.expect(found.cues.iter().all(|cue| cue.nats <= NEAR), || {
        format!("`{shift}`: random play has MEG {:?}", found.cues)
    });
}

fn designs(c: &mut Checker<'_>) {
    c.rule("control: design");
    let (spec, family) = (c.spec, c.family);
    let of = |script: &Script| design(family, &Value::Null, &mut Agent::Scripted(script), 0);
    let pursuers = spec.sited.iter().map(|cue| (Some(*cue), Script::Pursuer(spec.cues[*cue].name.into())));
    for (own, script) in pursuers.chain([(None, Script::Random)]) {
        match of(&script) {
            Ok(Ok(found)) => {
                for (effect, cue) in found.cues.iter().zip(spec.sited) {
                    let expected = f64::from(u8::from(own == Some(*cue)));
                    c.expect((effect.effect.mean - expected).abs() <= NEAR, || {
                        format!("`{}` draws `{script}` by {}, expected {expected}", effect.cue, effect.effect.mean)
                    });
                }
            }
            Ok(Err(why)) => c.expect(false, || format!("cues are declared to have sites, but {why}")),
            Err(error) => c.expect(false, || format!("`{script}` cannot play designs: {error}")),
        }
    }
}
