//! Chores of the workspace: generated code, the floors, what may come in, what goes out, hostile
//! input, and what the continuous integration runs.

mod api;
mod bench;
mod ci;
mod cluster;
mod codegen;
mod coverage;
mod covered;
mod deny;
mod examples;
mod fuzz;
mod import;
mod layers;
mod mutants;
mod named;
mod package;
mod screenshots;
mod table;
mod tools;
mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask codegen [--check]
    write the Rust tables and docs/codes from crates/codes/tables, and the copy of examples/jindiao.toml
    in the package of the program; --check only compares
cargo xtask codes import FILE [--vendor VENDOR] [--document ID]
    compare a table that a vendor publishes with ours: what is new, gone and changed
cargo xtask coverage [--check]
    write docs/vendors/coverage.md from docs/vendors/*.toml, and check that every file and test that the
    documents name is there; --check only compares
cargo xtask layers
    check that every crate rests only on the floors below it
cargo xtask words
    check that the catalogue of messages has nothing that nobody says
cargo xtask deny
    check licences, duplicate and unwanted crates, sources, and that all of ours forbid unsafe code
cargo xtask api [--check]
    write the public API of every library crate into tests/api; --check only compares
cargo xtask examples
    build the examples of every crate and run each of them: none needs an account or an argument
cargo xtask package [--no-verify]
    make the packages of all crates that are published, look at what they say and hold, and build them
    from nothing but that; --no-verify leaves the building out
cargo xtask fuzz [TARGET...] [--runs N] [--seconds S] [--keep]
    give each fuzz target its corpus and N inputs more, 1000000 unless told otherwise, for S seconds
    at most; --keep puts what was found into the kept corpus, made small
cargo xtask covered
    run all tests, count the lines and branches of each crate that they run, and write the table of
    docs/testing.md; needs the llvm-tools of the compiler's version of LLVM
cargo xtask mutants [CRATE...]
    change the code in one place at a time and say which changes no test notices, in signing, codes,
    protocol* and order unless crates are named; takes an hour or two
cargo xtask simulate [--schedules N] [--seed S] [--seconds T] [--threads N] [--story]
    play seeds of the deterministic simulation, 10000 from seed 0 unless told otherwise; --story tells
    what happens in the first of them, line by line
cargo xtask cluster-test [ARG...]
    get a Restate server from its npm package, of one exact version, and run the tests of
    crates/cluster on it; ARG goes to the tests
cargo xtask cluster-bench
    print what the order machine can do on one machine and on a Restate server of one node and of three:
    orders a second, processor time, memory, pace, and what kills cost; on a quiet machine
cargo xtask bench [--quick] [NAME...]
    measure Jindiao beside what people would use instead, on a quiet machine, and write
    docs/performance.md; --quick takes a few minutes with small numbers, and NAME chooses what is
    measured: then the table is only printed
cargo xtask screenshots
    make the pictures of the docs anew, with Chromium and its driver
cargo xtask ci
    everything that must pass: format, codegen, coverage, layers, words, deny, lints, docs, API, packages, fuzz,
    examples, tests
";

fn main() -> ExitCode {
    if let Some(code) = api::rustdoc() {
        return code;
    }
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let root = root();
    let result = match args.as_slice() {
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        ["codegen"] => codegen::run(&root, codegen::Mode::Write),
        ["codegen", "--check"] => codegen::run(&root, codegen::Mode::Check),
        ["codes", "import", rest @ ..] => match import::run(&root, rest) {
            Ok(true) => Ok(()),
            // What differs is already on stdout.
            Ok(false) => return ExitCode::FAILURE,
            Err(error) => {
                eprintln!("error: {error}");
                return ExitCode::from(2);
            }
        },
        // The house is built for it, and for nothing else here.
        ["simulate", rest @ ..] => return tools::run_ours(&root, "jindiao-rehearsal", rest),
        ["coverage"] => coverage::run(&root, codegen::Mode::Write),
        ["coverage", "--check"] => coverage::run(&root, codegen::Mode::Check),
        ["covered"] => covered::run(&root),
        ["mutants", rest @ ..] => mutants::run(&root, rest),
        ["layers"] => layers::run(&root),
        ["words"] => words::run(&root),
        ["deny"] => deny::run(&root),
        ["api"] => api::run(&root, codegen::Mode::Write),
        ["api", "--check"] => api::run(&root, codegen::Mode::Check),
        ["examples"] => examples::run(&root),
        ["package"] => package::run(&root, package::Verify::Yes),
        ["package", "--no-verify"] => package::run(&root, package::Verify::No),
        ["fuzz", rest @ ..] => {
            fuzz::Options::parse(rest).and_then(|options| fuzz::run(&root, &options))
        }
        ["cluster-test", rest @ ..] => cluster::run(&root, rest),
        ["cluster-bench"] => cluster::bench(&root),
        ["bench", rest @ ..] => bench::run(&root, rest),
        ["screenshots"] => screenshots::run(&root),
        ["ci"] => ci::run(&root),
        other => Err(format!(
            "there is no `cargo xtask {}`\n\n{HELP}",
            other.join(" ")
        )),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The top folder of the workspace.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
