//! Rendering against its limit: run with `cargo bench -p misgen-report`.
//!
//! A report of a thousand cells may take 10 s to render; `page/thousand` is one call of it. Its bytes are held by the tests.

// The fixture serves the tests too, which use more of it.
#[path = "../tests/report/fixture.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod fixture;

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

fn page(c: &mut Criterion) {
    let mut group = c.benchmark_group("page");
    group.sample_size(20);
    let summary = fixture::thousand();
    group.bench_function("thousand", |b| b.iter(|| misgen_report::html(black_box(&summary), None)));
    group.finish();
}

criterion_group!(benches, page);
criterion_main!(benches);
