//! Learning against its limits: run with `cargo bench -p misgen-agents`.
//!
//! `update` counts floating-point operations; its share of `fma-peak` of the same run is the number to quote.
//! `frames` counts environment steps of whole updates: rollout, advantages and three epochs.

#[path = "../tests/common/mod.rs"]
mod common;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use misgen_agents::peak::{FmaLoop, UpdateWork};
use misgen_agents::{AgentConfig, Learner, NetPolicy, Play};
use misgen_core::{Decisions, Family, LevelPlan, Policy, Rng};
use std::hint::black_box;

fn update(c: &mut Criterion) {
    let mut group = c.benchmark_group("flop");
    let fma = FmaLoop { rounds: 1_000_000 };
    group.throughput(Throughput::Elements(fma.run() as u64));
    group.bench_function("fma-peak", |b| b.iter(|| black_box(fma.run())));
    let work = UpdateWork::mlp(5, 0);
    group.throughput(Throughput::Elements(work.products().expect("the shapes fit") as u64));
    group.bench_function("best-product", |b| b.iter(|| black_box(work.products())));
    for (name, mut work) in [("update", work), ("update-cnn", UpdateWork::cnn(0))] {
        group.throughput(Throughput::Elements(work.flop() as u64));
        group.bench_function(name, |b| b.iter(|| work.run().expect("training is stable")));
    }
    group.finish();
}

fn frames(c: &mut Criterion) {
    let mut group = c.benchmark_group("frames");
    let config = AgentConfig::default();
    let mut env = common::room(config.lanes);
    let mut learner = Learner::new(config.clone(), env.view().spec, common::Hall::CUES[0].reward(), 0);
    group.throughput(Throughput::Elements(config.batch() as u64));
    group.bench_function("train", |b| b.iter(|| learner.train_update(&mut *env).expect("training is stable")));

    let mut policy = NetPolicy::of(&learner, Play::Sampled);
    let lanes = config.lanes;
    env.restart(&LevelPlan::Endless { seed: 1 });
    let mut rngs: Vec<Rng> = (0..lanes as u64).map(|lane| Rng::keyed(0, "play", lane)).collect();
    let mut actions = vec![0; lanes];
    group.throughput(Throughput::Elements(lanes as u64));
    group.bench_function("play", |b| {
        b.iter(|| {
            let mut out = Decisions::of(&mut actions);
            policy.act(&env.view(), &mut rngs, &mut out).expect("the net is finite");
            env.step(&actions);
        });
    });
    group.finish();
}

criterion_group!(benches, update, frames);
criterion_main!(benches);
