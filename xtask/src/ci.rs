//! Everything that must pass, in one command.

use std::path::Path;
use std::process::Command;

use crate::{api, cluster, codegen, coverage, deny, examples, fuzz, layers, package, words};

/// Runs every step on the workspace at `root` and stops at the first that fails.
///
/// The tests come last, so that their summary is the end of the output.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    step("format", || {
        cargo(root, &["fmt", "--all", "--check"])?;
        APART
            .iter()
            .try_for_each(|manifest| cargo(root, &["fmt", "--manifest-path", manifest, "--check"]))
    })?;
    step("codegen", || codegen::run(root, codegen::Mode::Check))?;
    step("coverage", || coverage::run(root, codegen::Mode::Check))?;
    step("layers", || layers::run(root))?;
    step("words", || words::run(root))?;
    step("deny", || deny::run(root))?;
    step("clippy", || {
        let lints = ["--all-targets", "--locked", "--", "-D", "warnings"];
        cargo(root, &[&["clippy", "--workspace"], &lints[..]].concat())?;
        cargo(
            root,
            &[&["clippy", "--workspace"], &FEATURES, &lints[..]].concat(),
        )?;
        APART.iter().try_for_each(|manifest| {
            let apart = ["--manifest-path", manifest, "--target-dir", "target"];
            cargo(root, &[&["clippy"], &apart[..], &lints].concat())
        })
    })?;
    step("doc", || {
        let mut doc = command(root, &["doc", "--workspace", "--no-deps", "--locked"]);
        doc.args(FEATURES);
        succeed(doc.env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    step("api", || api::run(root, codegen::Mode::Check))?;
    // That they build is a matter of minutes: `cargo xtask package` is for whoever publishes.
    step("package", || package::run(root, package::Verify::No))?;
    step("fuzz", || fuzz::run(root, &fuzz::Options::short()))?;
    let server = cluster::server_if_any(root)?;
    let test = |args: &[&str]| {
        let mut test = command(root, &["test", "--workspace", "--locked"]);
        test.args(args);
        test.envs(
            server
                .iter()
                .map(|server| ("JINDIAO_RESTATE_SERVER", server)),
        );
        succeed(&mut test)
    };
    // What the features change; of the whole workspace, so that all that it rests on is built once.
    step("test with features", || {
        let changed = ["--lib", "--bin", "jindiao", "--test", "cluster"];
        test(&[&FEATURES[..], &changed].concat())
    })?;
    step("examples", || examples::run(root))?;
    step("test", || test(&[]))
}

/// Workspaces of their own.
const APART: [&str; 2] = ["fuzz/Cargo.toml", "bench/Cargo.toml"];
/// Features that are off by default.
const FEATURES: [&str; 2] = ["--features", "jindiao/cluster"];

fn step(name: &str, run: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    println!("== {name}");
    run().map_err(|error| format!("ci stopped at `{name}`: {error}"))
}

fn cargo(root: &Path, args: &[&str]) -> Result<(), String> {
    succeed(&mut command(root, args))
}

fn command(root: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(args).current_dir(root);
    command
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let status = command
        .status()
        .map_err(|e| format!("cannot run cargo: {e}"))?;
    if status.success() {
        return Ok(());
    }
    let args: Vec<_> = command.get_args().map(|it| it.to_string_lossy()).collect();
    Err(format!("`cargo {}` failed", args.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_is_named() {
        assert_eq!(step("layers", || Ok(())), Ok(()));
        let error = step("layers", || Err("too heavy".to_owned()));
        assert_eq!(error, Err("ci stopped at `layers`: too heavy".to_owned()));
    }

    #[test]
    fn a_failed_command_is_shown_as_it_can_be_repeated() {
        let error = cargo(&crate::root(), &["--no-such-option"]);
        assert_eq!(error, Err("`cargo --no-such-option` failed".to_owned()));
    }
}
