//! What nets hold and what stored episodes tell, through the program and its own agents.

#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

use assert_cmd::cargo::cargo_bin;
use misgen_agents::{AgentConfig, Learner, NetPolicy, Play};
use misgen_core::{AnyFamily, Policy, ShiftSpec};
use misgen_evaluate::attribute::hindsight::HindsightReport;
use misgen_evaluate::attribute::probe::decodability;
use misgen_evaluate::attribute::trace::trace;
use misgen_evaluate::pools::{Content, EvalPool, PoolRequest};
use misgen_evaluate::rollout::play;
use misgen_evaluate::row::{Agent, evaluate};
use misgen_families::REGISTRY;
use misgen_sweep::episodes::{EPISODES_FILE, Episodes, write_episodes};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn main_shift(family: &dyn AnyFamily, levels: usize) -> EvalPool {
    let shift = ShiftSpec::from(&family.spec().shifts[0]);
    EvalPool::build(family, &PoolRequest { knobs: Value::Null, content: Content::Shift(shift), levels, seed: 0 })
        .unwrap()
}

fn net(pool: &EvalPool, seed: u64) -> (Learner, NetPolicy) {
    let config = AgentConfig { hidden: vec![16, 12], ..AgentConfig::default() };
    let learner = Learner::new(config, &pool.pool.obs_spec(), pool.spec.reward(), seed);
    let policy = NetPolicy::of(&learner, Play::Sampled);
    (learner, policy)
}

#[test]
fn tracing_a_net_changes_no_episode_and_shows_its_last_layer() {
    for name in ["corner", "doorway", "keys-chests", "query"] {
        let pool = main_shift(REGISTRY.get(name).unwrap(), 70);
        let (_, mut policy) = net(&pool, 3);
        let process = pool.process();
        let episodes = play(&mut policy, &pool.pool, &process, 5, "x", None).unwrap();
        let traces = trace(&mut policy, &pool.pool, &process, 5, "x", None).unwrap();
        assert_eq!(policy.features(), 12);
        for (episode, trace) in episodes.iter().zip(&traces) {
            assert_eq!(*episode, trace.episode, "{name}");
            let steps = episode.actions.len();
            assert_eq!((trace.values.len(), trace.features.len()), (steps, steps * 12));
            assert!(trace.features.iter().all(|x| (-1.0..=1.0).contains(x)));
            (0..steps).for_each(|t| assert!((trace.law(t).unwrap().iter().sum::<f32>() - 1.0).abs() < 1e-5));
        }
        let mut firsts: Vec<u32> = traces.iter().map(|trace| trace.features[0].to_bits()).collect();
        firsts.sort_unstable();
        firsts.dedup();
        assert!(firsts.len() > 10, "{name}: its features are not those of its levels");
    }
}

#[test]
fn an_untrained_net_is_what_training_would_begin_with_and_has_learned_nothing() {
    let pool = main_shift(REGISTRY.get("bright").unwrap(), 200);
    let (learner, mut policy) = net(&pool, 11);
    let checkpoint = learner.export();
    let mut same = NetPolicy::untrained(&checkpoint, 11).unwrap();
    let begin = |policy: &mut NetPolicy| trace(policy, &pool.pool, &pool.process(), 0, "x", None).unwrap();
    assert_eq!(begin(&mut policy), begin(&mut same));
    let fresh = |seed| Box::new(NetPolicy::untrained(&checkpoint, seed).unwrap()) as Box<dyn Policy>;
    let mut others = [fresh(1), fresh(2), fresh(3)];
    let mut agent = Agent::Learned { sampled: &mut policy, greedy: None };
    let found = decodability(&pool, &mut agent, &mut others).unwrap().unwrap();
    assert_eq!((found.units, found.untrained, found.cues.len()), (12, 3, 2));
    for cue in found.cues {
        assert!(cue.learned.unwrap().abs() < 0.15, "{cue:?}");
    }
}

fn stored(folder: &Path) -> Episodes {
    let pool = main_shift(REGISTRY.get("corner").unwrap(), 40);
    let script = "pursuer:corner".parse().unwrap();
    let rows = evaluate(&pool, &mut Agent::Scripted(&script), 0).unwrap().episodes;
    let episodes = Episodes {
        family: "corner".into(),
        family_version: pool.spec.version,
        agent: "pursuer:corner".into(),
        mix: None,
        seed: 0,
        proxies: vec!["corner".into()],
        rows,
    };
    std::fs::write(folder.join(EPISODES_FILE), write_episodes(&episodes).unwrap()).unwrap();
    episodes
}

fn hindsight(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(cargo_bin("misgen"));
    command.env_clear().env("NO_COLOR", "1").current_dir(folder).arg("hindsight").args(args).output().unwrap()
}

#[test]
fn stored_episodes_answer_a_question_that_nobody_had_asked() {
    let folder = tempfile::tempdir().unwrap();
    let episodes = stored(folder.path());
    let output = hindsight(
        folder.path(),
        &[".", "--cue", "name=again; event=enter-corner", "--cue", "name=top; rows=1..2", "--json"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let found: HindsightReport = serde_json::from_slice(&output.stdout).unwrap();
    let own = |row: &&_| {
        let row: &misgen_evaluate::attribute::hindsight::HindsightRow = row;
        !row.twin
    };
    let rows: Vec<_> = found.cells[0].rows.iter().filter(own).collect();
    assert_eq!(rows[0].outcomes["again+corner"].count, 40);
    assert_eq!(rows[1].episodes + rows[1].inside, 40);
    let text = hindsight(folder.path(), &[EPISODES_FILE, "--cue", "name=top; rows=1..2"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("corner:") && text.contains("pursuer:corner"), "{text}");
    assert_eq!(episodes.rows.len(), 80);
}

#[test]
fn a_question_that_makes_no_sense_gets_one_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    stored(folder.path());
    for (args, code, said) in [
        (&[".", "--cue", "name=x; chanel=wall"][..], 2, "did you mean `channel`"),
        (&[".", "--cue", "name=x; channel=chese"], 2, "did you mean `cheese`"),
        (&["nowhere", "--cue", "name=x; rows=1"], 2, "no results at nowhere"),
        (&[".", "--cue", "name=x; rows=1", "--cue", "name=x; rows=2"], 2, "two cues are called `x`"),
        (&[".", "--cue", "name=x; rows=1", "--family", "bright"], 3, "no episodes"),
        (&[".", "--cue", "name=x; rows=1", "--family", "brigth"], 2, "did you mean `bright`"),
    ] {
        let output = hindsight(folder.path(), args);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {error}");
        assert!(error.contains(said), "{args:?}: {error}");
    }
    std::fs::write(folder.path().join(EPISODES_FILE), b"PAR1").unwrap();
    assert_eq!(hindsight(folder.path(), &[".", "--cue", "name=x; rows=1"]).status.code(), Some(2));
}
