//! What a suite asks about its agents besides: looks on the way and play with help change no agent and no verdict.

use misgen_evaluate::record::CellResult;
use misgen_families::REGISTRY;
use misgen_store::{RealFs, Store};
use misgen_sweep::cell::compute;
use misgen_sweep::child::{Outcome, Task, run_job};
use misgen_sweep::inputs::Job;
use misgen_sweep::plan::{Plan, Versions};
use misgen_sweep::suite::Suite;
use misgen_sweep::summarize::timings;
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

/// The cell's result, and the seconds that its learner trained.
fn computed(head: &str) -> (CellResult, Vec<Option<f64>>) {
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
    let times = timings(&plan, &store).unwrap();
    assert_eq!((times.rows.len(), times.rows[0].agent.as_str(), times.rows[0].mix), (1, "ppo", Some(0.0)));
    (serde_json::from_slice(&bytes).unwrap(), times.rows[0].seconds.clone())
}

fn result(head: &str) -> CellResult {
    computed(head).0
}

#[test]
fn a_run_knows_how_long_its_learners_trained() {
    let seconds = computed("").1;
    assert!(matches!(seconds[..], [Some(s)] if s > 0.0), "{seconds:?}");
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

/// A budget of nothing gives the agent's own rows, one of everything the demonstrator's: the best that there is.
#[test]
fn help_changes_nothing_but_what_it_is_asked_for() {
    let plain = result("");
    let mut helped = result("help = [0.0, 0.25, 1.0]\n");
    let help = std::mem::take(&mut helped.training.as_mut().unwrap().help);
    assert_eq!(helped, plain);
    assert!(plain.training.unwrap().help.is_empty());

    assert_eq!(help.iter().map(|row| row.budget).collect::<Vec<_>>(), [0.0, 0.25, 1.0]);
    let (none, some, all) = (&help[0], &help[1], &help[2]);
    assert_eq!(none.shifts.keys().collect::<Vec<_>>(), ["cheese-anywhere"]);
    let of = |row: &misgen_evaluate::record::HelpRow| row.shifts["cheese-anywhere"].clone();
    assert_eq!((none.asked, none.s_train, of(none).asked), (0.0, plain.s_train, 0.0));
    assert_eq!((of(none).gt, of(none).outcomes), (plain.rows[1].gt, plain.rows[1].outcomes.clone()));
    assert_eq!((all.asked, all.threshold, of(all).asked), (1.0, None, 1.0));
    for best in [all.s_train.unwrap(), of(all).gt.unwrap(), of(all).outcomes.unwrap().goal] {
        assert!((best - 1.0).abs() < 1e-9, "the demonstrator's play: {best}");
    }
    // An agent of a few updates is uncertain nearly everywhere; help changes which steps it takes, so that the share is near its budget only.
    assert!((0.1..0.5).contains(&some.asked), "{}", some.asked);
    assert!(of(some).gt > of(none).gt, "{:?} without, {:?} with some help", of(none).gt, of(some).gt);
}
