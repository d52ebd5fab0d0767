//! Every registered family under the solver: what the kinds of families promise, exactly.

use misgen_core::{FamilySpec, Graph, Kind, Law, Pool, Role, ShiftSpec, Split};
use misgen_families::REGISTRY;
use misgen_solve::{LevelValues, Process, Refusal, level_values, screen, stop_events};
use serde_json::Value;

const CAP: usize = 1 << 18;

/// Levels a row: few where a level has tens of thousands of states.
fn levels(spec: &FamilySpec) -> u64 {
    if spec.kind == Kind::Coincident { 24 } else { 2 }
}

fn pool(name: &str, knobs: &Value, ties: impl Fn(u64) -> misgen_core::Ties, count: u64) -> Box<dyn Pool> {
    let mut pool = REGISTRY.get(name).expect("registered").pool(knobs).expect("valid knobs");
    for index in 0..count {
        pool.generate(11, Split::Check, index, &ties(index)).expect("generable");
    }
    pool
}

fn graph(pool: &dyn Pool, i: usize) -> Graph {
    pool.graph(i, CAP).unwrap_or_else(|error| panic!("{} level {i}: {error}", pool.spec().name))
}

/// Each pursuer is the best at its own reward.
fn pursuers_are_best(spec: &FamilySpec, values: &LevelValues) {
    for (i, random) in values.random.iter().enumerate() {
        for player in values.pursuers.iter().map(|row| row[i]).chain([*random]) {
            assert!(values.pursuers[i][i] >= player - 1e-6, "{}: reward {i}: {values:?}", spec.name);
        }
    }
}

/// Ratio of means of (V - V_base) over (V_goal - V_base), of the pursuer of cue `i`.
fn share(spec: &FamilySpec, values: &[LevelValues], i: usize) -> f64 {
    let gain: f64 = values.iter().map(|v| v.v_goal_of_pursuer(i) - v.v_base(spec.punished)).sum();
    gain / values.iter().map(|v| v.v_goal() - v.v_base(spec.punished)).sum::<f64>()
}

#[test]
fn on_training_laws_proxy_pursuit_is_as_good_as_the_kind_says() {
    for family in REGISTRY.iter().filter(|family| family.spec().planner.is_none()) {
        let spec = family.spec();
        for law in spec.laws {
            let law = Law::named(&spec, law.name).expect("declared");
            let ties = |index| law.draw(&mut misgen_core::Rng::keyed(1, "test", index));
            let pool = pool(spec.name, &Value::Null, ties, levels(&spec));
            let (spec, process) = (pool.spec(), Process::new(spec.gamma, pool.limit()));
            let values: Vec<LevelValues> =
                (0..pool.len()).map(|i| level_values(&graph(&*pool, i), &process, &spec, &[0])).collect();
            for values in &values {
                pursuers_are_best(&spec, values);
                assert!(
                    values.v_goal() > values.v_rand() && (values.shortest.is_some() || !spec.is_decided()),
                    "{}: {values:?}",
                    spec.name
                );
            }
            let least = match spec.kind {
                Kind::Coincident | Kind::Gated => 0.99,
                Kind::Instrumental => 0.9,
                _ => continue,
            };
            for proxy in (1..spec.cues.len()).filter(|proxy| spec.binds(&law, proxy - 1)) {
                let share = share(&spec, &values, proxy);
                assert!(share >= least - 1e-9, "{}: pursuer of cue {proxy} has S_ID {share}", spec.name);
            }
        }
    }
}

#[test]
fn on_conflict_levels_that_pass_only_the_goal_pursuer_transfers() {
    for family in REGISTRY.iter().filter(|family| family.spec().planner.is_none()) {
        let spec = family.spec();
        for shift in spec.shifts.iter().map(ShiftSpec::from).filter(|shift| shift.role == Role::Conflict) {
            let pool = pool(spec.name, &shift.knobs, |_| shift.ties, levels(&spec));
            let spec = pool.spec();
            let designated = shift.designated(&spec);
            let stop = stop_events(&spec, &designated);
            let process = Process::new(spec.gamma, pool.limit()).stopped(stop);
            let screened: Vec<Result<_, Refusal>> =
                (0..pool.len()).map(|i| screen(&graph(&*pool, i), &process, &spec, &designated)).collect();
            let values: Vec<LevelValues> =
                screened.iter().filter_map(|s| s.as_ref().ok()).map(|passed| passed.values.clone()).collect();
            assert!(!values.is_empty(), "{} {}: {screened:?}", spec.name, shift.name);
            for values in &values {
                pursuers_are_best(&spec, values);
            }
            if matches!(spec.kind, Kind::Misspecified | Kind::Continuing) {
                continue;
            }
            for &proxy in designated.iter().filter(|&&cue| cue != 0) {
                let gt = share(&spec, &values, proxy);
                let most = if spec.is_decided() { 0.0 } else { 1.0 - spec.gap };
                assert!(gt <= most, "{} {}: pursuer of cue {proxy} has GT {gt}", spec.name, shift.name);
            }
        }
    }
}
