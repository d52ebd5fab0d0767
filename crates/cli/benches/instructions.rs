//! Fixed pieces of work whose instructions `.ci/perf_gate.py` counts under valgrind: `instructions NAME` does one.
//!
//! Counts do not depend on how busy a machine is, so they can be held to a committed baseline where times cannot.
//! What is counted happens inside [`measured`]; making levels and nets is not.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program of its own")]

use misgen_agents::peak::UpdateWork;
use misgen_agents::{AgentConfig, Learner};
use misgen_core::{AnyFamily, Events, LevelPlan, Pool, Rng, Split, Ties};
use misgen_families::REGISTRY;
use serde_json::json;
use std::process::ExitCode;
use std::sync::Arc;

/// Lanes and rounds of stepping.
const LANES: usize = 64;
const ROUNDS: usize = 2000;

/// The function that valgrind counts in, by its name.
#[inline(never)]
fn measured(work: &mut dyn FnMut()) {
    work();
}

/// Levels of a family under its first law, at 13×13 where it has a size.
fn levels(family: &dyn AnyFamily, count: u64) -> Arc<dyn Pool> {
    let mut pool = family.pool(&json!({ "size": 13 })).or_else(|_| family.pool(&json!(null))).expect("default knobs");
    let ties = Ties::new(family.spec().laws[0].rows[0].2);
    for index in 0..count {
        pool.generate(0, Split::Check, index, &ties).expect("a level");
    }
    Arc::from(pool)
}

/// Random actions in every lane, observations current after each step, restarts from a pool.
fn stepping(family: &dyn AnyFamily) {
    let levels = levels(family, 256);
    let mut env = Arc::clone(&levels).batch(LANES, levels.limit(), Events::NONE);
    env.restart(&LevelPlan::Endless { seed: 0 });
    let mut rng = Rng::keyed(0, "bench", 0);
    let count = family.spec().actions.len() as u32;
    let actions: Vec<u8> = (0..LANES * ROUNDS).map(|_| rng.below(count) as u8).collect();
    measured(&mut || {
        for step in actions.chunks_exact(LANES) {
            std::hint::black_box(env.step(step));
        }
    });
}

/// Levels made under a law.
fn generating(family: &dyn AnyFamily) {
    measured(&mut || drop(std::hint::black_box(levels(family, 64))));
}

/// One update of the default agent: a rollout, and all its epochs.
fn agent() {
    let levels = levels(REGISTRY.get("bright").expect("it is ours"), 256);
    let config = AgentConfig::default();
    let mut env = Arc::clone(&levels).batch(config.lanes, levels.limit(), Events::NONE);
    let mut learner = Learner::new(config, &levels.obs_spec(), levels.spec().reward(), 0);
    measured(&mut || drop(std::hint::black_box(learner.train_update(env.as_mut()))));
}

/// One optimiser step: on 1024 rows, of the convolutional net on 128, because each of its rows is more work.
fn step(mut work: UpdateWork) {
    measured(&mut || drop(std::hint::black_box(work.run())));
}

fn main() -> ExitCode {
    let families = || REGISTRY.iter().flat_map(|f| ["stepping", "generating"].map(|w| (w, f)));
    let names = families().map(|(work, family)| format!("{work}-{}", family.spec().name));
    let names: Vec<String> = names.chain(["update-agent", "update-large", "update-cnn"].map(str::to_owned)).collect();
    let wanted = std::env::args().nth(1).unwrap_or_default();
    match wanted.as_str() {
        "--list" => println!("{}", names.join("\n")),
        "update-agent" => agent(),
        "update-large" => step(UpdateWork::mlp(5, 0)),
        "update-cnn" => step(UpdateWork::cnn_on(128, 0)),
        // What `cargo bench` says to every benchmark: here nothing is timed.
        "--bench" => println!("instructions are counted by `just perf-gate`"),
        name => match families().find(|(work, family)| name == format!("{work}-{}", family.spec().name)) {
            Some(("stepping", family)) => stepping(family),
            Some((_, family)) => generating(family),
            None => {
                eprintln!("expected --list or one of {}", names.join(", "));
                return ExitCode::from(2);
            }
        },
    }
    ExitCode::SUCCESS
}
