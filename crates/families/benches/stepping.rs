//! Stepping against its limit: run with `cargo bench -p misgen-families`.
//!
//! `limit` is the least that any such world can do: draw nothing, know no walls, no levels and no events, and move
//! one mark in place. The families do what it does through `dyn VecEnv`, with current observations after every step,
//! restarts from a pool of 1024 levels, and uniformly drawn actions. Elements are steps.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use misgen_core::{Events, LevelPlan, Pool, Rng, Split, Ties};
use misgen_families::REGISTRY;
use serde_json::json;
use std::hint::black_box;
use std::sync::Arc;

/// Steps of every lane in one iteration.
const STEPS: usize = 256;
const SIDE: usize = 13;

fn actions(lanes: usize) -> Vec<u8> {
    let mut rng = Rng::keyed(0, "bench", 0);
    (0..lanes * STEPS).map(|_| rng.below(5) as u8).collect()
}

/// Marks on bare 13×13 boards.
fn limit(lanes: usize, actions: &[u8], boards: &mut [u8], at: &mut [usize]) {
    for step in actions.chunks_exact(lanes) {
        for ((action, board), at) in step.iter().zip(boards.chunks_exact_mut(SIDE * SIDE)).zip(at.iter_mut()) {
            board[*at] = 0;
            let (row, column) = (*at / SIDE, *at % SIDE);
            *at = match action {
                0 if row > 0 => *at - SIDE,
                1 if column > 0 => *at - 1,
                2 if row + 1 < SIDE => *at + SIDE,
                3 if column + 1 < SIDE => *at + 1,
                _ => *at,
            };
            board[*at] = 1;
        }
    }
}

fn stepping(c: &mut Criterion) {
    let mut group = c.benchmark_group("steps");
    for lanes in [64, 256] {
        group.throughput(Throughput::Elements((lanes * STEPS) as u64));
        let actions = actions(lanes);
        let (mut boards, mut at) = (vec![0; lanes * SIDE * SIDE], vec![0; lanes]);
        group.bench_function(BenchmarkId::new("limit", lanes), |b| {
            b.iter(|| {
                limit(lanes, &actions, &mut boards, &mut at);
                black_box(&boards);
            });
        });
        for family in REGISTRY.iter() {
            let spec = family.spec();
            let mut pool = family.pool(&json!({ "size": SIDE })).or_else(|_| family.pool(&json!(null))).expect("knobs");
            let ties = Ties::new(spec.laws[0].rows[0].2);
            for index in 0..1024 {
                pool.generate(0, Split::Check, index, &ties).expect("a level");
            }
            let pool: Arc<dyn Pool> = Arc::from(pool);
            let limit = pool.limit();
            let mut env = pool.batch(lanes, limit, Events::NONE);
            env.restart(&LevelPlan::Endless { seed: 0 });
            group.bench_function(BenchmarkId::new(spec.name, lanes), |b| {
                b.iter(|| {
                    for step in actions.chunks_exact(lanes) {
                        black_box(env.step(step));
                    }
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, stepping);
criterion_main!(benches);
