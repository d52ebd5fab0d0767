//! Checkpoints: an agent looked at on its way is the agent that it would have been, and its last look is its result.

use misgen_evaluate::record::CellResult;
use misgen_families::REGISTRY;
use misgen_store::{RealFs, Store};
use misgen_sweep::cell::compute;
use misgen_sweep::child::{Outcome, Task, run_job};
use misgen_sweep::inputs::Job;
use misgen_sweep::plan::{Plan, Versions};
use misgen_sweep::suite::Suite;
use std::sync::Arc;

const SUITE: &str = r#"
name = "along"
seeds = 1
levels = 16
training_levels = 64

[[worlds]]
family = "corner"
frames = 2048
shifts = ["cheese-anywhere", "walls"]

[[agents]]
name = "ppo"
settings = { lanes = 16, steps = 32, hidden = [16] }
"#;

fn result(head: &str) -> CellResult {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{head}{SUITE}");
    let suite = Suite::load("along.toml", text.as_bytes(), &[], REGISTRY, &|_| Err("no file".into())).unwrap();
    let versions = Versions::current();
    let plan = Plan::new(&suite, &versions).unwrap();
    let text = String::from_utf8(plan.lines().unwrap()).unwrap();
    let store = Store::create(Arc::new(RealFs), folder.path().join("run")).unwrap();
    let (index, (address, job)) =
        plan.jobs.iter().enumerate().find(|(_, (_, job))| matches!(job, Job::Cell(_))).expect("one learner");
    let task = Task { plan: &text, index, store: &store, registry: REGISTRY, versions: &versions, wait: true };
    assert_eq!(run_job(&task, &compute, &mut |_, _| ()).unwrap(), Outcome::Published);
    let bytes = store.entry(job.kind(), address).unwrap().read("result.json").unwrap().expect("published");
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn looking_on_the_way_changes_nothing_and_the_last_look_is_the_result() {
    let plain = result("");
    let mut looked = result("checkpoints = 3\n");
    let way = std::mem::take(&mut looked.training.as_mut().unwrap().checkpoints);
    assert_eq!(looked, plain);
    assert!(plain.training.unwrap().checkpoints.is_empty());

    assert_eq!(way.iter().map(|point| point.frames).collect::<Vec<_>>(), [512, 1024, 2048]);
    let last = way.last().unwrap();
    assert_eq!((last.s_train, last.s_id), (plain.s_train, plain.s_id));
    // Conflict shifts alone: the second shift is a nuisance.
    assert_eq!(last.shifts.keys().collect::<Vec<_>>(), ["cheese-anywhere"]);
    let (found, row) = (&last.shifts["cheese-anywhere"], &plain.rows[1]);
    assert_eq!((&found.gt, &found.pp, &found.outcomes), (&row.gt, &row.pp, &row.outcomes));
    assert_ne!(way[0].shifts["cheese-anywhere"].outcomes, last.shifts["cheese-anywhere"].outcomes, "it learned on");
}
