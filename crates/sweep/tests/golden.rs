//! What real cells give, held to a digest: results that change without a version that changes would be
//! mistaken for one another in every store.

use misgen_core::Registry;
use misgen_families::REGISTRY;
use misgen_store::{Address, RealFs, Store};
use misgen_sweep::cell::compute;
use misgen_sweep::child::{Outcome, Task, run_job};
use misgen_sweep::inputs::Job;
use misgen_sweep::plan::{Plan, Versions};
use misgen_sweep::suite::Suite;
use std::collections::BTreeMap;
use std::sync::Arc;

const SUITE: &str = r#"
name = "golden"
seeds = 1
levels = 16
training_levels = 64

[[worlds]]
family = "corner"
frames = 2048
shifts = ["cheese-anywhere"]

[[agents]]
name = "ppo"
settings = { lanes = 16, steps = 32, hidden = [16] }
mix = [0.0]

[references]
scripted = ["random", "pursuers"]
"#;

/// Digests of the recorded files of every job, by the job's label.
fn digests(registry: Registry) -> BTreeMap<String, Vec<(String, String)>> {
    let folder = tempfile::tempdir().unwrap();
    let suite = Suite::load("golden.toml", SUITE.as_bytes(), &[], registry, &|_| Err("no file".into())).unwrap();
    let versions = Versions::current();
    let plan = Plan::new(&suite, &versions).unwrap();
    let text = String::from_utf8(plan.lines().unwrap()).unwrap();
    let store = Store::create(Arc::new(RealFs), folder.path().join("run")).unwrap();
    let mut all = BTreeMap::new();
    for (index, (address, job)) in plan.jobs.iter().enumerate() {
        let task = Task { plan: &text, index, store: &store, registry, versions: &versions, wait: true };
        assert_eq!(run_job(&task, &compute, &mut |_, _| ()).unwrap(), Outcome::Published);
        let entry = store.entry(job.kind(), address).unwrap();
        let names = match job {
            Job::Pool(_) => &["pool.json"][..],
            Job::Cell(_) => &["result.json", "episodes.parquet"],
        };
        let one = |name: &&str| {
            let bytes = entry.read(name).unwrap().expect("the file was published");
            ((*name).to_owned(), Address::of_bytes(&bytes).short())
        };
        all.insert(job.label(), names.iter().map(one).collect());
    }
    all
}

#[test]
fn results_change_only_together_with_a_version() {
    let found = digests(REGISTRY);
    assert_eq!(found.len(), 5, "two pools, one agent, two references");
    // The learner's arithmetic depends on the kernel set; elsewhere two runs have to agree.
    if misgen_agents::kernel_set() == "avx512" {
        insta::assert_debug_snapshot!(found);
    } else {
        assert_eq!(found, digests(REGISTRY));
    }
}
