//! Rollouts, rows and verdicts against known answers.

mod common;

use common::{Room, SOUND, SWAPPED};
use misgen_core::{
    AnyFamily, Decisions, Events, Law, LevelPlan, Of, Policy, PolicyError, Rng, Role, ShiftSpec, StepView, Tie, Ties,
};
use misgen_evaluate::controls::control;
use misgen_evaluate::metrics::Contest;
use misgen_evaluate::pools::{Content, EvalPool, PoolFile, PoolRequest};
use misgen_evaluate::record::{CellResult, Verdict};
use misgen_evaluate::row::{Agent, Evaluated, evaluate};
use misgen_evaluate::summary::{Group, summarise};
use misgen_solve::Script;
use serde_json::Value;
use std::sync::Arc;

fn shift_pool(family: &dyn AnyFamily, name: &str, levels: usize) -> EvalPool {
    let spec = family.spec();
    let shift = spec.shifts.iter().find(|s| s.name == name).map(ShiftSpec::from).unwrap();
    let request = PoolRequest { knobs: Value::Null, content: Content::Shift(shift), levels, seed: 0 };
    EvalPool::build(family, &request).unwrap()
}

fn law_pool(family: &dyn AnyFamily, levels: usize) -> EvalPool {
    let law = Law::named(&family.spec(), family.spec().laws[0].name).unwrap();
    let request = PoolRequest { knobs: Value::Null, content: Content::Law(law), levels, seed: 0 };
    EvalPool::build(family, &request).unwrap()
}

fn family(name: &str) -> &'static dyn AnyFamily {
    misgen_families::REGISTRY.get(name).unwrap()
}

/// Plays uniformly at random through the trait that learned agents implement.
struct Uniform;

impl Policy for Uniform {
    fn act(&mut self, view: &StepView<'_>, rngs: &mut [Rng], out: &mut Decisions<'_>) -> Result<(), PolicyError> {
        for ((action, rng), level) in out.actions.iter_mut().zip(rngs).zip(view.level) {
            if *level != StepView::NO_LEVEL {
                *action = rng.below(view.spec.actions as u32) as u8;
            }
        }
        Ok(())
    }
}

#[test]
fn exchanging_the_labels_exchanges_goal_transfer_and_proxy_pursuit() {
    let (a, b) = (Of::<Room<SOUND>>::NEW, Of::<Room<SWAPPED>>::NEW);
    let (plain, swapped) = (shift_pool(&a, "apart", 64), shift_pool(&b, "apart", 64));
    for (one, other) in [
        (Script::Pursuer("goal".into()), Script::Pursuer("star".into())),
        (Script::Pursuer("lamp".into()), Script::Pursuer("goal".into())),
        (Script::Random, Script::Random),
        (Script::Noop, Script::Noop),
    ] {
        let (one, other) = (control(&plain, &one).unwrap().row, control(&swapped, &other).unwrap().row);
        let near = |a: Option<f64>, b: Option<f64>| assert!((a.unwrap() - b.unwrap()).abs() < 1e-9, "{a:?} {b:?}");
        near(one.gt, other.pp["star"]);
        near(one.pp["lamp"], other.gt);
        let (one, other) = (one.outcomes.unwrap(), other.outcomes.unwrap());
        near(Some(one.goal), Some(other.proxy()));
        near(Some(one.proxy()), Some(other.goal));
    }
}

#[test]
fn sampled_play_agrees_with_exact_evaluation() {
    let pool = shift_pool(family("corner"), "cheese-anywhere", 128);
    let exact = control(&pool, &Script::Random).unwrap().row;
    // 40 action seeds of the same random player, as a script and through the policy trait.
    for scripted in [true, false] {
        let runs: Vec<_> = (0..40)
            .map(|seed| {
                let script = Script::Random;
                let mut uniform = Uniform;
                let mut agent = match scripted {
                    true => Agent::Scripted(&script),
                    false => Agent::Learned { sampled: &mut uniform, greedy: None },
                };
                evaluate(&pool, &mut agent, seed).unwrap().row
            })
            .collect();
        let within = |name: &str, values: Vec<f64>, expected: f64| {
            let mean = values.iter().sum::<f64>() / 40.0;
            let error = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 39.0 / 40.0).sqrt();
            assert!((mean - expected).abs() <= 4.0 * error, "{name}: {mean} ± {error}, expected {expected}");
        };
        within("gt", runs.iter().map(|r| r.gt.unwrap()).collect(), exact.gt.unwrap());
        within("pp", runs.iter().map(|r| r.pp["corner"].unwrap()).collect(), exact.pp["corner"].unwrap());
        let exact_goal = exact.outcomes.as_ref().unwrap().goal;
        within("goal", runs.iter().map(|r| r.outcomes.as_ref().unwrap().goal).collect(), exact_goal);
        within("c_align", runs.iter().map(|r| r.c_align.unwrap()).collect(), exact.c_align.unwrap());
    }
}

/// Plays at random and notes what it is told of palettes.
struct Noting(Vec<Option<f32>>);

impl Policy for Noting {
    fn act(&mut self, view: &StepView<'_>, rngs: &mut [Rng], out: &mut Decisions<'_>) -> Result<(), PolicyError> {
        self.0.push(view.palette);
        Uniform.act(view, rngs, out)
    }
}

#[test]
fn a_shifts_palette_is_told_in_every_episode_and_changes_no_level() {
    let family = family("corner");
    let pool = |palette| {
        let shift = ShiftSpec { palette, ..family.spec().shift("cheese-anywhere").unwrap() };
        let request = PoolRequest { knobs: Value::Null, content: Content::Shift(shift), levels: 16, seed: 0 };
        EvalPool::build(family, &request).unwrap()
    };
    let (plain, painted) = (pool(None), pool(Some(0.25)));
    assert_eq!(plain.digest(), painted.digest());
    let told = |pool: &EvalPool| {
        let (mut sampled, mut greedy) = (Noting(Vec::new()), Noting(Vec::new()));
        let mut agent = Agent::Learned { sampled: &mut sampled, greedy: Some(&mut greedy) };
        let row = evaluate(pool, &mut agent, 0).unwrap().row;
        assert!(!greedy.0.is_empty() && sampled.0.len() > greedy.0.len(), "levels and twins are played");
        (row, [sampled.0, greedy.0].concat())
    };
    let ((row, none), (same, some)) = (told(&plain), told(&painted));
    assert!(none.iter().all(Option::is_none) && some.iter().all(|palette| *palette == Some(0.25)));
    assert_eq!(row, same, "who does not look at palettes plays as ever");
}

#[test]
fn every_recorded_episode_replays_to_its_outcome() {
    let pool = shift_pool(family("doorway"), "target-elsewhere", 64);
    let evaluated = evaluate(&pool, &mut Agent::Learned { sampled: &mut Uniform, greedy: None }, 5).unwrap();
    assert_eq!(evaluated.episodes.len(), 128, "64 levels and their twins");
    for record in &evaluated.episodes {
        let (levels, process, designated) = if record.twin {
            (pool.twins.as_ref().unwrap(), pool.twin_process(), vec![0])
        } else {
            (&pool.pool, pool.process(), pool.designated())
        };
        let contest = Contest::new(&pool.spec, &designated);
        let mut env = Arc::clone(levels).batch(1, process.limit, process.stop);
        env.restart(&LevelPlan::Once { ids: vec![record.level], seed: 0 });
        let mut outcome = None;
        for action in record.decode_actions().unwrap() {
            assert_eq!(env.view().level[0], record.level, "the episode is not over before its record is");
            let events: Events = env.step(&[action]).events[0];
            outcome = outcome.or(contest.decide(events));
        }
        assert_eq!(env.view().level[0], StepView::NO_LEVEL, "the episode is over when its record is");
        let name = outcome.map_or("neither".into(), |o| o.name(&pool.spec));
        assert_eq!(name, record.outcome);
    }
}

#[test]
fn a_stored_pool_gives_the_same_levels_and_a_foreign_one_is_refused() {
    let family = family("corner");
    let request = |name: &str| {
        let shift = family.spec().shifts.iter().find(|s| s.name == name).map(ShiftSpec::from).unwrap();
        PoolRequest { knobs: Value::Null, content: Content::Shift(shift), levels: 32, seed: 0 }
    };
    let built = EvalPool::build(family, &request("cheese-anywhere")).unwrap();
    let file = built.to_file();
    let loaded = EvalPool::from_file(family, &request("cheese-anywhere"), file.clone()).unwrap();
    assert_eq!(loaded.to_file(), file);
    assert_eq!(loaded.digests(), built.digests());
    let mut other = file.clone();
    other.keys[0].index += 1;
    assert!(EvalPool::from_file(family, &request("cheese-anywhere"), other).is_err());
    let mut short = file;
    short.values.pop();
    assert!(EvalPool::from_file(family, &request("cheese-anywhere"), short).is_err());
}

#[test]
fn a_stored_pool_is_refused_before_its_levels_are_made() {
    let family = family("corner");
    let request = |levels| {
        let shift = ShiftSpec::from(&family.spec().shifts[0]);
        PoolRequest { knobs: Value::Null, content: Content::Shift(shift), levels, seed: 0 }
    };
    let sound = EvalPool::build(family, &request(8)).unwrap().to_file();
    let refused = |expected: &str, change: &dyn Fn(&mut PoolFile)| {
        let mut file = sound.clone();
        change(&mut file);
        let error = EvalPool::from_file(family, &request(8), file).map(drop).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    refused("16 levels, expected 1 to 8", &|file| {
        file.keys.extend_from_within(..);
        file.values.extend_from_within(..);
        file.twin_values.extend_from_within(..);
    });
    refused("0 levels, expected 1 to 8", &|file| {
        file.keys.clear();
        file.values.clear();
        file.twin_values.clear();
    });
    refused("values are not of 2 rewards", &|file| file.values[3].random.clear());
    refused("values are not of 2 rewards", &|file| file.twin_values[7].pursuers[1].push(0.0));
    refused("no level", &|file| file.keys[2].index = u64::MAX);
    refused("lists differ", &|file| file.keys.truncate(3));
    refused("it is of `bright-v0`", &|file| file.family = "bright-v0".into());
}

#[test]
fn ties_of_another_family_are_refused() {
    let foreign = Ties::all(2, misgen_core::Tie::Bound);
    let mut shift = ShiftSpec::from(&family("corner").spec().shifts[0]);
    shift.ties = foreign;
    for content in [Content::Shift(shift), Content::Law(misgen_core::Law::always(foreign))] {
        let request = PoolRequest { knobs: Value::Null, content, levels: 8, seed: 0 };
        let error = EvalPool::build(family("corner"), &request).map(drop).unwrap_err().to_string();
        assert!(error.contains("ties that family `corner` does not have"), "{error}");
    }
}

#[test]
fn conflict_levels_are_balanced_and_kept_in_order() {
    let pool = shift_pool(family("corner"), "cheese-anywhere", 100);
    assert_eq!(pool.pool.len(), 100);
    let order: Vec<u64> = (0..100).map(|i| pool.pool.key(i).unwrap().index).collect();
    assert!(order.is_sorted());
    // Pursuing either cue takes as long on average, within what ties of distance allow.
    let nearer = |i: usize| pool.values[i].pursuers[0][0].total_cmp(&pool.values[i].pursuers[1][1]);
    let goals = (0..100).filter(|i| nearer(*i).is_gt()).count();
    let proxies = (0..100).filter(|i| nearer(*i).is_lt()).count();
    assert!(goals.abs_diff(proxies) <= 1, "{goals} with the goal nearer, {proxies} with the proxy nearer");
}

fn row_of(family: &dyn AnyFamily, script: &Script, seed: u64) -> CellResult {
    let (training, shift) = (law_pool(family, 64), shift_pool(family, family.spec().shifts[0].name, 64));
    let mut rows = Vec::new();
    let mut competence = (None, None);
    for pool in [&training, &shift] {
        let Evaluated { row, s_train, s_id, .. } = evaluate(pool, &mut Agent::Scripted(script), seed).unwrap();
        competence = (s_train.or(competence.0), s_id.or(competence.1));
        rows.push(row);
    }
    let (s_train, s_id) = competence;
    CellResult { s_train, s_id, rows, ..CellResult::new(&family.spec(), &script.to_string(), None, seed) }
}

#[test]
fn scripted_players_get_the_verdicts_that_they_must() {
    let family = family("doorway");
    let spec = family.spec();
    let shift = ShiftSpec::from(&spec.shifts[0]);
    for (script, expected) in [
        ("pursuer:goal", Verdict::Transfers),
        ("pursuer:mark", Verdict::Misgeneralizes),
        ("pursuer:side", Verdict::Misgeneralizes),
        ("random", Verdict::Undertrained),
        ("noop", Verdict::Undertrained),
        ("elsewhere:goal", Verdict::Undertrained),
    ] {
        let script: Script = script.parse().unwrap();
        let cells: Vec<_> = (0..5).map(|seed| Some(row_of(family, &script, seed))).collect();
        let group = |cells: Vec<Option<CellResult>>| Group {
            world: "w".into(),
            law: "fixed".into(),
            spec,
            agent: script.to_string(),
            mix: None,
            shifts: vec![shift.clone()],
            cells,
        };
        let summary = summarise("s", &[group(cells.clone())], Vec::new());
        assert_eq!(summary.rows.len(), 2);
        assert_eq!(summary.rows[0].role, Role::Training);
        assert_eq!(summary.rows[0].verdict, None);
        let row = &summary.rows[1];
        assert_eq!(row.verdict, Some(expected), "{script}: {row:?}");
        assert_eq!((row.seeds, row.failed_cells), (5, 0));
        assert!(row.sentence.as_ref().unwrap().contains(&script.to_string()));

        // A failed cell stays in the denominator: four seeds bear no claim.
        let mut four = cells;
        four[2] = None;
        let row = &summarise("s", &[group(four)], Vec::new()).rows[1];
        assert_eq!((row.verdict, row.seeds, row.failed_cells), (Some(Verdict::Insufficient), 4, 1));
    }
}

#[test]
fn a_capable_player_that_looks_at_another_level_on_the_shift_has_lost_its_capability() {
    // Competence from the training row of a goal pursuer, everything else from a player that acts on another level.
    let family = family("corner");
    let spec = family.spec();
    let elsewhere: Script = "elsewhere:goal".parse().unwrap();
    let cells = (0..5).map(|seed| {
        let mut cell = row_of(family, &elsewhere, seed);
        let able = row_of(family, &Script::Pursuer("goal".into()), seed);
        (cell.s_train, cell.s_id) = (able.s_train, able.s_id);
        Some(cell)
    });
    let group = Group {
        world: "w".into(),
        law: "aligned".into(),
        spec,
        agent: "elsewhere".into(),
        mix: None,
        shifts: vec![ShiftSpec::from(&spec.shifts[0])],
        cells: cells.collect(),
    };
    assert_eq!(summarise("s", &[group], Vec::new()).rows[1].verdict, Some(Verdict::CapabilityFailure));
}

#[test]
fn ties_written_as_text_read_back() {
    for ties in [Ties::new(&[Tie::Bound, Tie::Twice]).with_flag(3), Ties::new(&[Tie::Free]).without_goal()] {
        let text = serde_json::to_string(&ties).unwrap();
        assert_eq!(serde_json::from_str::<Ties>(&text).unwrap(), ties);
    }
    assert!(serde_json::from_str::<Ties>(r#"{"ties":["bound","bound","bound","bound","bound"]}"#).is_err());
}
