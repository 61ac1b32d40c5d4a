//! The instructions of each pair of the small things, by callgrind through gungraun.

#![expect(missing_docs, reason = "gungraun's macros make items without them")]
#![expect(clippy::expect_used, reason = "the samples are good")]

use gungraun::prelude::*;
use jindiao_bench::pairs::{Desk, PAIRS, Pair, TIMES};

type Work = (fn(&Desk), Desk);

/// The pairs, first as Jindiao does it, then by hand.
fn works() -> Vec<Work> {
    let both = |pair: &Pair| [pair.ours, pair.other];
    let works = PAIRS.iter().flat_map(both);
    let ready = works.map(|work| {
        let desk = Desk::new().expect("a desk");
        // The first time pays for the allocator's own beginnings.
        work(&desk);
        (work, desk)
    });
    ready.collect()
}

#[library_benchmark]
#[benches::all(iter = works())]
fn work((work, desk): Work) -> Desk {
    for _ in 0..TIMES {
        work(&desk);
    }
    desk
}

library_benchmark_group!(name = pairs, benchmarks = work);
main!(library_benchmark_groups = pairs);
