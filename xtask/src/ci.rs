//! Everything that must pass, in one command.

use std::path::Path;
use std::process::Command;

use crate::{codegen, layers};

/// Runs every step on the workspace at `root` and stops at the first that fails.
///
/// The tests come last, so that their summary is the end of the output.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    step("format", || cargo(root, &["fmt", "--all", "--check"]))?;
    step("codegen", || codegen::run(root, codegen::Mode::Check))?;
    step("layers", || layers::run(root))?;
    step("clippy", || {
        cargo(
            root,
            &[
                "clippy",
                "--workspace",
                "--all-targets",
                "--locked",
                "--",
                "-D",
                "warnings",
            ],
        )
    })?;
    step("doc", || {
        let mut doc = command(root, &["doc", "--workspace", "--no-deps", "--locked"]);
        succeed(doc.env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    step("test", || cargo(root, &["test", "--workspace", "--locked"]))
}

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
