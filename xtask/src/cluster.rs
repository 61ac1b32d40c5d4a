//! The tests of the cluster on a real Restate server, which comes from its npm package.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::succeed;

/// The version that is tested. It is what `docs` and the client's check of versions speak of.
const VERSION: &str = "1.7.12";
/// Server, command line, and the tool for clusters of several nodes.
const PACKAGES: [&str; 3] = [
    "@restatedev/restate-server",
    "@restatedev/restate",
    "@restatedev/restatectl",
];

/// Gets a server and runs the tests of `crates/cluster` on it.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<(), String> {
    let server = server(root)?;
    let mut test = Command::new(env!("CARGO"));
    test.args(["test", "--locked", "-p", "jindiao-cluster", "--"])
        .args(args)
        .current_dir(root)
        .env("JINDIAO_RESTATE_SERVER", server);
    succeed(&mut test)
}

/// Prints what the hosts can do, from a build for that.
pub(crate) fn bench(root: &Path) -> Result<(), String> {
    let server = server(root)?;
    let mut bench = Command::new(env!("CARGO"));
    bench
        .args(["test", "--release", "--locked", "-p", "jindiao-cluster"])
        .args(["--target-dir", "target/cluster-bench", "--test", "server"])
        .args(["--", "measure"])
        .current_dir(root)
        .env("JINDIAO_RESTATE_SERVER", server);
    succeed(&mut bench)
}

/// The server's program, where this machine can have one: else what is not tested is said.
pub(crate) fn server_if_any(root: &Path) -> Result<Option<PathBuf>, String> {
    let npm = Command::new("npm").arg("--version").output();
    let reason = match (npm, platform()) {
        (Ok(npm), Ok(_)) if npm.status.success() => return server(root).map(Some),
        (_, Err(reason)) => reason,
        _ => "there is no npm to get a Restate server with".to_owned(),
    };
    println!("not run: the tests on a Restate server, since {reason}");
    Ok(None)
}

/// The server's program, in `target/restate`, and installed there if it is not yet.
pub(crate) fn server(root: &Path) -> Result<PathBuf, String> {
    let folder = root.join("target/restate").join(VERSION);
    let modules = folder.join("node_modules");
    let program = modules.join(format!(
        "@restatedev/restate-server-{}/bin/restate-server",
        platform()?
    ));
    if !program.is_file() {
        let fail = |error| format!("{}: {error}", folder.display());
        std::fs::create_dir_all(&folder).map_err(fail)?;
        // A manifest of its own, so that npm does not look for one further up.
        std::fs::write(folder.join("package.json"), "{\"private\":true}\n").map_err(fail)?;
        let packages = PACKAGES.map(|name| format!("{name}@{VERSION}"));
        let mut install = Command::new("npm");
        install
            // Install scripts only report installations; the programs are in the packages.
            .args(["install", "--ignore-scripts", "--no-audit", "--no-fund"])
            .args(["--save-exact"])
            .args(packages)
            .current_dir(&folder);
        succeed(&mut install)?;
    }
    if program.is_file() {
        Ok(program)
    } else {
        Err(format!("the packages have no {}", program.display()))
    }
}

/// What npm calls this kind of machine.
fn platform() -> Result<&'static str, String> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Ok("linux-x64"),
        ("linux", "aarch64") => Ok("linux-arm64"),
        ("macos", "x86_64") => Ok("darwin-x64"),
        ("macos", "aarch64") => Ok("darwin-arm64"),
        (os, arch) => Err(format!("there is no Restate server for {os} on {arch}")),
    }
}
