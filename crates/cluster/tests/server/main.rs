//! The order machine on both of its hosts, with processes that are killed: on one machine (SQLite)
//! and on many (Restate).
//!
//! Where `JINDIAO_RESTATE_SERVER` names the server's program all tests run, else those that need one
//! say that they did not; `cargo xtask cluster-test` gets one and runs them all. The same program is
//! the worker: it is started again with its role as the first argument. With `measure` it prints how
//! fast it all is.

#![expect(clippy::panic, reason = "a test says what it saw")]

/// Tests, each with its own name.
macro_rules! named {
    ($($test:ident),* $(,)?) => {
        &[$((stringify!($test), $test)),*]
    };
}

mod balancer;
mod bench;
mod failover;
mod host;
mod lists;
mod many;
mod orders;
#[path = "../../../../tests/support/port.rs"]
mod port;
mod process;
mod restate;
mod scenarios;
mod single;
mod vendors;
mod worker;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

use failover::{a_killed_node_costs_nothing, a_killed_server_costs_nothing};
use host::Kind;
use orders::{
    orders_are_found_and_nothing_secret_is_kept, the_work_of_workers_that_are_gone_is_taken_over,
    what_does_not_fit_is_refused_before_anything_is_ordered,
    who_joins_is_told_of_workers_that_are_gone,
};

/// A test of the many-machine host alone, by its name.
type OnMany = (&'static str, fn(&Path));

const ON_MANY: &[OnMany] = named![
    orders_are_found_and_nothing_secret_is_kept,
    what_does_not_fit_is_refused_before_anything_is_ordered,
    the_work_of_workers_that_are_gone_is_taken_over,
    who_joins_is_told_of_workers_that_are_gone,
    a_killed_server_costs_nothing,
    a_killed_node_costs_nothing,
];

/// How many tests run at once: most of their time they wait.
const AT_ONCE: usize = 3;

/// A test: its name, and what it does.
struct Test {
    name: String,
    run: Box<dyn Fn() + Send>,
}

#[expect(clippy::disallowed_methods, reason = "tells where the server is")]
fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.as_slice() {
        [role, options] if role == worker::ROLE => return worker::main(options),
        [role, options] if role == single::ROLE => return single::main(options),
        _ => {}
    }
    let server = std::env::var_os("JINDIAO_RESTATE_SERVER").map(PathBuf::from);
    if let ([word, what @ ..], Some(server)) = (args.as_slice(), &server)
        && word == "measure"
    {
        bench::measure(server, what.first().map(String::as_str));
        return ExitCode::SUCCESS;
    }
    let mut filters = args.iter().filter(|arg| !arg.starts_with('-'));
    let mut tests = tests(server.as_deref());
    let filter = filters.next().cloned().unwrap_or_default();
    tests.retain(|test| test.name.contains(&filter));
    if args.iter().any(|arg| arg == "--list") {
        tests
            .iter()
            .for_each(|test| println!("{}: test", test.name));
        return ExitCode::SUCCESS;
    }
    if server.is_none() {
        eprintln!(
            "not run: what needs a Restate server, since there is none (JINDIAO_RESTATE_SERVER); \
             `cargo xtask cluster-test` gets one"
        );
    }
    ExitCode::from(u8::from(!run(tests)))
}

fn tests(server: Option<&Path>) -> Vec<Test> {
    let test = |name: String, run| Test { name, run };
    let on = |word: &str, kind: &Kind| {
        let named = scenarios::ALL.iter().map(|(name, scenario)| {
            let (kind, scenario) = (kind.clone(), *scenario);
            test(format!("{word}::{name}"), Box::new(move || scenario(&kind)))
        });
        named.collect::<Vec<_>>()
    };
    let mut tests = on("single", &Kind::Single);
    if let Some(server) = server {
        tests.extend(on("many", &Kind::Many(server.to_owned())));
        for (name, run) in ON_MANY {
            let server = server.to_owned();
            let run = Box::new(move || run(&server));
            tests.push(test(format!("cluster::{name}"), run));
        }
    }
    tests
}

/// Runs them, some at once, and tells of it as tests do; whether all went well.
fn run(tests: Vec<Test>) -> bool {
    let (count, begin) = (tests.len(), Instant::now());
    println!("\nrunning {count} tests");
    let queue = Mutex::new(VecDeque::from(tests));
    let failed = Mutex::new(Vec::new());
    let next = || queue.lock().expect("the queue").pop_front();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(Test { name, run }) = next() {
                    let begin = Instant::now();
                    // A panic has said what it is about on stderr.
                    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
                    let word = if result.is_ok() { "ok" } else { "FAILED" };
                    println!("test {name} ... {word} ({:.1?})", begin.elapsed());
                    if result.is_err() {
                        failed.lock().expect("a list").push(name);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("a list");
    if !failed.is_empty() {
        println!("\nfailures:\n    {}", failed.join("\n    "));
    }
    println!(
        "\ntest result: {}. {} passed; {} failed; 0 ignored; 0 measured; 0 filtered out; \
         finished in {:.2}s\n",
        if failed.is_empty() { "ok" } else { "FAILED" },
        count - failed.len(),
        failed.len(),
        begin.elapsed().as_secs_f64()
    );
    failed.is_empty()
}
