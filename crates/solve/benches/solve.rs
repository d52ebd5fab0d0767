//! How long exact planning takes: pools of small levels, and one large level.

#[path = "../tests/common/mod.rs"]
mod common;

use common::{Firm, draw, spec};
use criterion::{Criterion, criterion_group, criterion_main};
use misgen_core::{Events, Graph, Pool, Reward, ShiftSpec, Split, Ties, TypedPool};
use misgen_families::REGISTRY;
use misgen_solve::{Process, Reach, level_values, pursue_in, screen, stop_events, uniform_in, uniform_values};
use std::hint::black_box;

fn pools(c: &mut Criterion) {
    let mut pool = TypedPool::<Firm>::new(Default::default());
    let ties = Ties::all(2, misgen_core::Tie::Bound);
    for index in 0..512 {
        pool.generate(1, Split::Check, index, &ties).expect("an open room always serves");
    }
    let stop = Events::one(0).and(Events::one(1));
    let process = Process::new(0.99, 40).stopped(stop);
    let graphs: Vec<Graph> = (0..512).map(|i| pool.graph(i, 1 << 16).expect("small")).collect();
    let mut group = c.benchmark_group("512 open 9x9 levels, limit 40");
    group.sample_size(10);
    group.bench_function("enumerate", |b| {
        b.iter(|| (0..512).map(|i| pool.graph(i, 1 << 16).expect("small").states()).sum::<usize>());
    });
    group.bench_function("values of goal, 2 proxies, random", |b| {
        b.iter(|| graphs.iter().map(|graph| level_values(graph, &process, &spec(), &[0, 1]).v_goal()).sum::<f64>());
    });
    group.bench_function("screen", |b| {
        b.iter(|| graphs.iter().filter(|graph| screen(graph, &process, &spec(), &[0, 1]).is_ok()).count());
    });
    group.finish();
}

fn large(c: &mut Criterion) {
    let map = ".......\n.k...k.\n..k.k..\n@..k...\n..k.k..\n.k...k.\n......G";
    let graph = Graph::enumerate::<Firm>(&draw(map), 1 << 20).expect("small enough");
    let process = Process::new(0.99, 60);
    let rewards = [Reward::new(&[(0, 1.0), (3, -0.4)]), Reward::new(&[(0, 1.0), (3, 1.0)])];
    let mut group = c.benchmark_group(format!("one level of {} states, limit 60", graph.states()));
    group.sample_size(10);
    group.bench_function("enumerate", |b| b.iter(|| Graph::enumerate::<Firm>(&draw(black_box(map)), 1 << 20)));
    group.bench_function("lay out", |b| b.iter(|| Reach::new(&graph, &process)));
    let reach = Reach::new(&graph, &process);
    group.bench_function("pursue one reward", |b| b.iter(|| pursue_in(&reach, &rewards[1..], Some(4))));
    group.bench_function("pursue two rewards", |b| b.iter(|| pursue_in(&reach, &rewards, Some(4))));
    group.bench_function("random play, values", |b| b.iter(|| uniform_values(&reach, &rewards)));
    group.bench_function("random play, occupancy", |b| b.iter(|| uniform_in(&reach, &rewards)));
    group.finish();
}

/// Screening of the main conflict shift of every registered family, level by level.
fn registry(c: &mut Criterion) {
    let mut group = c.benchmark_group("screen 8 levels of the main conflict shift");
    group.sample_size(10);
    for family in REGISTRY.iter() {
        let spec = family.spec();
        let shift = ShiftSpec::from(&spec.shifts[0]);
        let mut pool = family.pool(&shift.knobs).expect("declared knobs");
        for index in 0..8 {
            pool.generate(1, Split::Check, index, &shift.ties).expect("generable");
        }
        let spec = pool.spec();
        let designated = shift.designated(&spec);
        let stop = stop_events(&spec, &designated);
        let process = Process::new(spec.gamma, pool.limit()).stopped(stop);
        let graphs: Vec<Graph> = (0..8).map(|i| pool.graph(i, 1 << 20).expect("small enough")).collect();
        let states = graphs.iter().map(Graph::states).sum::<usize>() / 8;
        group.bench_function(format!("{}, {states} states a level", spec.name), |b| {
            b.iter(|| graphs.iter().filter(|graph| screen(graph, &process, &spec, &designated).is_ok()).count());
        });
    }
    group.finish();
}

criterion_group!(benches, pools, large, registry);
criterion_main!(benches);
