//! What the chores work with: the workspace as Cargo knows it, and programs of other people, each in
//! one version, under `target/tools`.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use cargo_metadata::{Metadata, MetadataCommand};

/// The workspace at `root`, without what it rests on.
pub(crate) fn workspace(root: &Path) -> Result<Metadata, String> {
    MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()
        .map_err(|error| error.to_string())
}

/// A program that `cargo install` builds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tool {
    /// The package, and the program in it.
    pub(crate) name: &'static str,
    /// Exactly this one: what it says must not change by itself.
    pub(crate) version: &'static str,
}

impl Tool {
    /// Where the program is, built before if it was not there.
    pub(crate) fn install(self, root: &Path) -> Result<PathBuf, String> {
        let tools = root.join("target").join("tools");
        let home = tools.join(format!("{}-{}", self.name, self.version));
        let program =
            home.join("bin")
                .join(format!("{}{}", self.name, std::env::consts::EXE_SUFFIX));
        if program.is_file() {
            return Ok(program);
        }
        println!(
            "building {} {}, which takes a minute or two, once",
            self.name, self.version
        );
        let status = Command::new(env!("CARGO"))
            .args(["install", "--quiet", "--locked", "--no-track", "--debug"])
            .args(["--version", self.version, self.name])
            .arg("--root")
            .arg(&home)
            .arg("--target-dir")
            .arg(tools.join("build"))
            // Not in the workspace: its settings are no business of the tool.
            .current_dir(std::env::temp_dir())
            .env("CARGO_PROFILE_DEV_DEBUG", "false")
            .status()
            .map_err(|error| format!("cannot run cargo: {error}"))?;
        if status.success() && program.is_file() {
            // Hundreds of megabytes, of no use to anybody; if they stay, they only take room.
            let _ = std::fs::remove_dir_all(tools.join("build"));
            Ok(program)
        } else {
            Err(format!(
                "`cargo install {} --version {}` failed: it needs the registry of crates and a C compiler",
                self.name, self.version
            ))
        }
    }
}

/// Runs a program to its end, which must be a good one.
pub(crate) fn succeed(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .map_err(|error| format!("cannot run {name}: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{name} failed"))
    }
}

/// Runs a program of the workspace: how it ended is how this ends.
pub(crate) fn run_ours(root: &Path, package: &str, args: &[&str]) -> ExitCode {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--package", package, "--"]);
    let status = command.args(args).current_dir(root).status();
    match status.map(|status| status.code()) {
        Ok(code) => ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
        Err(error) => {
            eprintln!("error: cannot run cargo: {error}");
            ExitCode::FAILURE
        }
    }
}
