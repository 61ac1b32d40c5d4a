//! The time of each pair of the small things, by criterion.

use std::time::Duration;

use criterion::Criterion;
use jindiao_bench::pairs::{Desk, PAIRS};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let desk = Desk::new()?;
    let mut criterion = Criterion::default()
        .without_plots()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .configure_from_args();
    for pair in PAIRS {
        let mut group = criterion.benchmark_group(pair.name);
        group.bench_function("ours", |bencher| bencher.iter(|| (pair.ours)(&desk)));
        group.bench_function("other", |bencher| bencher.iter(|| (pair.other)(&desk)));
        group.finish();
    }
    criterion.final_summary();
    Ok(())
}
