//! Orders on a real Restate server, with workers that are processes of their own and are killed.
//!
//! Where `JINDIAO_RESTATE_SERVER` names the server's program the tests run, else they say that they
//! did not; `cargo xtask cluster-test` gets one and runs them. The same program is the worker: it is
//! started again with `worker` as its first argument. With `measure` it prints how fast it all is.

#![expect(clippy::panic, reason = "a test says what it saw")]

mod orders;
mod restate;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// A test by its name.
type Test = (&'static str, fn(&std::path::Path));

const TESTS: &[Test] = &[
    (
        "a_killed_worker_costs_nothing",
        orders::a_killed_worker_costs_nothing,
    ),
    (
        "a_killed_server_costs_nothing",
        orders::a_killed_server_costs_nothing,
    ),
    (
        "a_worker_that_is_told_to_stop_leaves_no_doubt",
        orders::a_worker_that_is_told_to_stop_leaves_no_doubt,
    ),
    (
        "what_does_not_fit_is_refused_before_anything_is_ordered",
        orders::what_does_not_fit_is_refused_before_anything_is_ordered,
    ),
];

#[expect(clippy::disallowed_methods, reason = "tells where the server is")]
fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [first, options] = args.as_slice()
        && first == "worker"
    {
        return worker::main(options);
    }
    let wanted = |name: &str| {
        let mut filters = args.iter().filter(|arg| !arg.starts_with('-')).peekable();
        filters.peek().is_none() || filters.any(|filter| name.contains(filter.as_str()))
    };
    if args.iter().any(|arg| arg == "--list") {
        TESTS.iter().for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    let Some(server) = std::env::var_os("JINDIAO_RESTATE_SERVER").map(PathBuf::from) else {
        eprintln!(
            "not run: there is no Restate server (JINDIAO_RESTATE_SERVER); `cargo xtask cluster-test` gets one"
        );
        return ExitCode::SUCCESS;
    };
    if args.iter().any(|arg| arg == "measure") {
        orders::measure(&server);
        return ExitCode::SUCCESS;
    }
    let mut failed = false;
    for (name, test) in TESTS.iter().filter(|(name, _)| wanted(name)) {
        let begin = Instant::now();
        // A panic has said what it is about on stderr.
        let result = std::panic::catch_unwind(|| test(&server));
        let word = if result.is_ok() { "ok" } else { "FAILED" };
        failed |= result.is_err();
        println!("test {name} ... {word} ({:.1?})", begin.elapsed());
    }
    ExitCode::from(u8::from(failed))
}
