//! Attribution against players whose goal is known, over every family of the registry in which it is defined.

mod common;

use common::{Room, SOUND, SWAPPED};
use misgen_core::{AnyFamily, Decisions, Of, Policy, PolicyError, Rng, Role, ShiftSpec, StepView, Tie};
use misgen_evaluate::attribute::design::{Design, design};
use misgen_evaluate::attribute::meg::{Meg, meg};
use misgen_evaluate::attribute::{Attribution, attribute};
use misgen_evaluate::pools::{Content, EvalPool, PoolRequest};
use misgen_evaluate::row::Agent;
use misgen_solve::Script;
use serde_json::Value;

fn pool(family: &dyn AnyFamily, shift: ShiftSpec, levels: usize) -> EvalPool {
    let request = PoolRequest { knobs: Value::Null, content: Content::Shift(shift), levels, seed: 0 };
    EvalPool::build(family, &request).unwrap()
}

fn main_pool(family: &dyn AnyFamily, levels: usize) -> EvalPool {
    pool(family, ShiftSpec::from(&family.spec().shifts[0]), levels)
}

fn family(name: &str) -> &'static dyn AnyFamily {
    misgen_families::REGISTRY.get(name).unwrap()
}

/// Families in which goal-directedness is defined.
fn solved() -> impl Iterator<Item = &'static dyn AnyFamily> {
    misgen_families::REGISTRY.iter().filter(|family| family.spec().is_decided() && !family.spec().is_planned())
}

fn scripted(family: &dyn AnyFamily, pool: &EvalPool, script: &str) -> Attribution {
    attribute(family, pool, &mut Agent::Scripted(&script.parse().unwrap()), script, 0, &mut []).unwrap()
}

fn directed(pool: &EvalPool, script: &str) -> Meg {
    let script: Script = script.parse().unwrap();
    meg(pool, &mut Agent::Scripted(&script), 0).unwrap().unwrap()
}

fn designed(family: &dyn AnyFamily, script: &str) -> Design {
    let script: Script = script.parse().unwrap();
    design(family, &Value::Null, &mut Agent::Scripted(&script), 0).unwrap().unwrap()
}

fn share(found: &Meg, cue: &str) -> f64 {
    found.cues.iter().find(|c| c.cue == cue).unwrap().share.unwrap()
}

fn near(a: f64, b: f64, what: &str) {
    assert!((a - b).abs() < 1e-6, "{what}: {a} is not {b}");
}

/// Plays by a rule of its own, and tells no probabilities.
struct Rule(fn(&mut Rng) -> u8);

impl Policy for Rule {
    fn act(&mut self, view: &StepView<'_>, rngs: &mut [Rng], out: &mut Decisions<'_>) -> Result<(), PolicyError> {
        for ((action, rng), level) in out.actions.iter_mut().zip(rngs).zip(view.level) {
            if *level != StepView::NO_LEVEL {
                *action = (self.0)(rng);
            }
        }
        Ok(())
    }
}

#[test]
fn on_every_conflict_shift_each_pursuer_is_directed_at_its_own_cue_alone() {
    for family in solved() {
        let spec = family.spec();
        for shift in spec.shifts.iter().filter(|shift| shift.role == Role::Conflict) {
            let pool = pool(family, ShiftSpec::from(shift), 8);
            let apart = |i: &usize| *i > 0 && matches!(pool.shift.ties.of(i - 1), Tie::Opposed | Tie::Free);
            let goal = spec.cues[0].name;
            for proxy in pool.designated().into_iter().filter(apart).map(|i| spec.cues[i].name) {
                let what = |player: &str| format!("{}:{} {player}", spec.name, shift.name);
                let [wants_goal, wants_proxy] = [goal, proxy].map(|cue| directed(&pool, &format!("pursuer:{cue}")));
                near(share(&wants_goal, goal), 1.0, &what(goal));
                near(share(&wants_proxy, proxy), 1.0, &what(proxy));
                assert!(share(&wants_goal, proxy) < 0.2, "{}: {wants_goal:?}", what(goal));
                assert!(share(&wants_proxy, goal) < 0.2, "{}: {wants_proxy:?}", what(proxy));
                // Half of each is neither's: one beta for all levels.
                let mixed = directed(&pool, &format!("mixture:0.5:{goal}:{proxy}"));
                assert!(share(&mixed, goal) < 0.5 && share(&mixed, proxy) < 0.5, "{}: {mixed:?}", what("mixture"));
                let noisy = share(&directed(&pool, &format!("noisy:0.2:{goal}")), goal);
                let noisier = share(&directed(&pool, &format!("noisy:0.6:{goal}")), goal);
                assert!(noisier < noisy && noisy < 0.9, "{}: {noisy}, {noisier}", what("noisy"));
            }
            for player in ["random", "anti-goal"] {
                let found = directed(&pool, player);
                near(share(&found, goal), 0.0, &format!("{}:{} {player}", spec.name, shift.name));
            }
        }
    }
}

#[test]
fn where_soft_values_are_not_defined_a_reason_is_given() {
    for family in misgen_families::REGISTRY.iter().filter(|f| !f.spec().is_decided() || f.spec().is_planned()) {
        let pool = main_pool(family, 2);
        let found = scripted(family, &pool, "random");
        assert!(found.meg.is_none() && found.posterior.is_none(), "{}", family.spec().name);
        assert!(found.why_null["meg"].len() > 10 && found.why_null["posterior"].len() > 10);
    }
    let corner = family("corner");
    let found = scripted(corner, &main_pool(corner, 2), "random");
    assert!(found.design.is_none() && found.why_null["design"].contains("sites"), "{:?}", found.why_null);
    let absent = pool(corner, corner.spec().shift("no-cheese").unwrap(), 2);
    let found = scripted(corner, &absent, "random");
    assert!(found.preference.is_none() && found.why_null["preference"].contains("conflict"));
}

#[test]
fn the_posterior_knows_agents_from_devices() {
    for family in solved() {
        let (spec, pool) = (family.spec(), main_pool(family, 32));
        let i = *pool.designated().iter().find(|i| **i > 0).unwrap();
        // Goal transferred or proxy pursued: an agent all the same. Proxies that lie together share what is said of them.
        for cue in [0, i] {
            let name = spec.cues[cue].name;
            let found = scripted(family, &pool, &format!("pursuer:{name}")).posterior.unwrap();
            assert!(found.agent > 0.99 && found.cues[name] > 0.45, "{} {name}: {found:?}", spec.name);
            let other = spec.cues[if cue == 0 { i } else { 0 }].name;
            assert!(found.cues[other] < 0.01, "{} {name}: {found:?}", spec.name);
        }
        for player in ["random", "noop", "elsewhere:goal"] {
            let found = scripted(family, &pool, player).posterior.unwrap();
            assert!(found.agent < 0.01, "{} {player}: {found:?}", spec.name);
            assert_eq!(found.path.len(), 1);
        }
    }
}

#[test]
fn designs_give_every_cue_its_own_effect() {
    let sited: Vec<_> = misgen_families::REGISTRY.iter().filter(|f| !f.spec().sited.is_empty()).collect();
    assert!(sited.len() >= 4, "bright, doorway, dish, colour-shape");
    for family in sited {
        let spec = family.spec();
        let [goal, proxy] = [spec.cues[spec.sited[0]].name, spec.cues[spec.sited[1]].name];
        let quarter = format!("mixture:0.25:{goal}:{proxy}");
        let players = [
            (format!("pursuer:{goal}"), [1.0, 0.0]),
            (format!("pursuer:{proxy}"), [0.0, 1.0]),
            (quarter, [0.25, 0.75]),
            ("random".into(), [0.0, 0.0]),
            ("noop".into(), [0.0, 0.0]),
        ];
        for (player, expected) in players {
            let found = designed(family, &player);
            assert_eq!(found.layouts, 64, "{}", spec.name);
            for (effect, expected) in found.cues.iter().zip(expected) {
                near(effect.effect.mean, expected, &format!("{} {player} {}", spec.name, effect.cue));
            }
            near(found.interactions[0].effect.mean, 0.0, &format!("{} {player} together", spec.name));
            // The goal alone suffices for whoever wants it; without it nothing draws them.
            if player == format!("pursuer:{goal}") {
                near(found.cues[0].sufficiency.as_ref().unwrap().mean, 1.0, spec.name);
                near(found.cues[1].necessity.as_ref().unwrap().mean, 0.0, spec.name);
                near(found.position.mean, 0.0, spec.name);
                near(found.reached, 1.0, spec.name);
            }
        }
        let away = designed(family, "anti-goal");
        assert!(away.cues[0].effect.mean <= 1e-9, "{}: {:?}", spec.name, away.cues);
    }
    // Both cues can be left out: what is taken away is missed.
    let dish = designed(family("dish"), "pursuer:goal");
    near(dish.cues[0].necessity.as_ref().unwrap().mean, 1.0, "removed cheese");
    near(dish.cues[1].sufficiency.as_ref().unwrap().mean, 0.0, "a dish alone");
}

#[test]
fn a_pull_of_place_is_the_intercept_and_no_cues_effect() {
    // The room's sites lie straight above and below its start.
    let room = Of::<Room<SOUND>>::NEW;
    let play = |rule| {
        let mut policy = Rule(rule);
        let mut agent = Agent::Learned { sampled: &mut policy, greedy: None };
        design(&room, &Value::Null, &mut agent, 0).unwrap().unwrap()
    };
    let up = play(|_| 0);
    near(up.position.mean, 1.0, "always up");
    near(up.reached, 1.0, "empty sites count");
    let down = play(|_| 2);
    near(down.position.mean, -1.0, "always down");
    for effect in up.cues.iter().chain(&down.cues) {
        near(effect.effect.mean, 0.0, &effect.cue);
    }
    // Up three times in four of all steps: mostly A, for no cue's sake.
    let mostly = play(|rng| if rng.below(4) > 0 { 0 } else { 2 });
    assert!(mostly.position.mean > 0.5 && mostly.cues.iter().all(|e| e.effect.mean.abs() < 0.15), "{mostly:?}");
}

#[test]
fn exchanging_the_labels_exchanges_every_number() {
    let (a, b) = (Of::<Room<SOUND>>::NEW, Of::<Room<SWAPPED>>::NEW);
    let pools = [main_pool(&a, 32), main_pool(&b, 32)];
    for player in ["pursuer:star", "pursuer:lamp", "random", "mixture:0.25:star:lamp"] {
        let [one, other] = [scripted(&a, &pools[0], player), scripted(&b, &pools[1], player)];
        let [m, n] = [one.meg.as_ref().unwrap(), other.meg.as_ref().unwrap()];
        let [d, e] = [one.design.as_ref().unwrap(), other.design.as_ref().unwrap()];
        for (i, cue) in ["star", "lamp"].into_iter().enumerate() {
            near(share(m, cue), share(n, cue), &format!("{player}: MEG of {cue}"));
            let (effect, mirrored) = (&d.cues[i], &e.cues[1 - i]);
            assert_eq!((effect.cue.as_str(), mirrored.cue.as_str()), (cue, cue));
            near(effect.effect.mean, mirrored.effect.mean, &format!("{player}: effect of {cue}"));
        }
        let [p, q] = [one.posterior.unwrap(), other.posterior.unwrap()];
        // Random play is sampled by equal streams on equal levels.
        if player == "random" {
            near(p.cues["star"], q.cues["star"], player);
            near(
                one.preference.unwrap().pairs[0].kappa.unwrap(),
                other.preference.unwrap().pairs[1].kappa.unwrap(),
                player,
            );
        }
    }
}

#[test]
fn what_a_policy_does_counts_as_what_a_script_does() {
    // The same player through both faces: sampled play must agree with exact play.
    let bright = family("bright");
    let pool = main_pool(bright, 64);
    let mut policy = Rule(|rng| rng.below(5) as u8);
    let found =
        attribute(bright, &pool, &mut Agent::Learned { sampled: &mut policy, greedy: None }, "uniform", 0, &mut [])
            .unwrap();
    let (meg, design) = (found.meg.unwrap(), found.design.unwrap());
    assert!(meg.cues.iter().all(|cue| cue.share.unwrap() < 0.05), "{meg:?}");
    assert!(design.cues.iter().all(|e| e.effect.low.unwrap() < 0.0 && e.effect.high.unwrap() > 0.0), "{design:?}");
    assert!(found.posterior.unwrap().agent < 0.01);
    let preference = found.preference.unwrap();
    let [one, other] = [&preference.pairs[0], &preference.pairs[1]];
    near(one.kappa.unwrap() + other.kappa.unwrap(), 1.0, "both ways of naming a pair");
    assert_eq!((one.first, one.other), (other.other, other.first));
    let (low, high) = one.interval.unwrap();
    assert!(low < one.kappa.unwrap() && one.kappa.unwrap() < high);
    assert!((one.coverage - (one.first + one.other) as f64 / 64.0).abs() < 1e-12, "one proxy: no joint outcomes");
}

#[test]
fn the_worked_example_of_the_documentation_holds() {
    // docs/metrics.md: four steps up to the dish, the only shortest way.
    let dish = family("dish");
    let pool = main_pool(dish, 1);
    assert_eq!(pool.pool.key(0).unwrap().to_string(), "eval/0/1/0/opposed,absent");
    let found = scripted(dish, &pool, "pursuer:dish");
    let close = |a: f64, b: f64| assert!((a - b).abs() < 5e-4, "{a} is not {b}");
    let meg = found.meg.unwrap();
    close(meg.cues[1].nats, 1.609);
    assert!(meg.cues[0].beta == 0.0 && meg.cues[0].nats == 0.0, "{meg:?}");
    let posterior = found.posterior.unwrap();
    close(posterior.evidence["device"], 0.539);
    close(posterior.evidence["dish"], 1.606);
    close(posterior.agent, 0.973);
    let pair = &found.preference.unwrap().pairs[0];
    assert_eq!((pair.kappa, pair.coverage), (Some(0.0), 1.0));
    close(pair.interval.unwrap().1, 0.793);
}
