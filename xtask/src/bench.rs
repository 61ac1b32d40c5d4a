//! Benchmarks beside what people would use instead: builds what they need and runs them.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::tools::{Tool, succeed};

/// Counts instructions with valgrind. The version is that of `bench/Cargo.toml`.
const RUNNER: Tool = Tool {
    name: "gungraun-runner",
    version: "0.20.0",
};
/// Where all of it is built.
const TARGET: &str = "target/bench";
/// What can be chosen: the groups of `bench/src/rows.rs`.
const GROUPS: [&str; 12] = [
    "micro",
    "client",
    "orders",
    "growth",
    "million",
    "pace",
    "links",
    "download",
    "downloads",
    "python",
    "crates",
    "program",
];

/// Measures all, or the groups that `args` name.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<(), String> {
    check(args)?;
    let target = root.join(TARGET);
    let cargo = |args: &[&str]| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(args)
            .args(["--release", "--locked", "--target-dir"]);
        succeed(cargo.arg(&target).current_dir(root))
    };
    cargo(&["build", "-p", "jindiao"])?;
    cargo(&["build", "--manifest-path", "bench/Cargo.toml", "--bins"])?;
    let runner = match has_valgrind() {
        true => RUNNER.install(root)?.into_os_string(),
        false => "-".into(),
    };
    let release = target.join("release");
    let program = |name: &str| release.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let mut bench = Command::new(program("jindiao-bench"));
    bench.arg(root).arg(program("jindiao")).arg(runner);
    succeed(bench.args(args).current_dir(root))
}

fn check(args: &[&str]) -> Result<(), String> {
    let is_known = |arg: &&str| *arg == "--quick" || GROUPS.contains(arg);
    match args.iter().find(|arg| !is_known(arg)) {
        None => Ok(()),
        Some(other) => Err(format!(
            "`cargo xtask bench` knows no {other}; it measures {}",
            GROUPS.join(", ")
        )),
    }
}

fn has_valgrind() -> bool {
    let mut valgrind = Command::new("valgrind");
    valgrind.arg("--version").stdout(Stdio::null());
    valgrind.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_groups_are_those_of_the_benchmark() {
        let rows = fs::read_to_string(crate::root().join("bench/src/rows.rs")).expect("a file");
        let lines = rows.lines().map(str::trim);
        let names = lines.filter_map(|it| it.strip_prefix("name: \"")?.strip_suffix("\","));
        assert_eq!(names.collect::<Vec<_>>(), GROUPS);
    }

    #[test]
    fn the_runner_has_the_version_of_the_library() {
        let file = crate::root().join("bench/Cargo.lock");
        let lock: toml::Table = fs::read_to_string(file)
            .expect("a file")
            .parse()
            .expect("a lock");
        let packages = lock["package"].as_array().expect("packages");
        let version = packages.iter().find_map(|package| {
            let is_it = package["name"].as_str() == Some("gungraun");
            is_it.then(|| package["version"].as_str()).flatten()
        });
        assert_eq!(version, Some(RUNNER.version));
    }

    #[test]
    fn what_is_unknown_is_named() {
        assert_eq!(check(&["--quick", "pace"]), Ok(()));
        let error = check(&["paces"]).expect_err("an error");
        assert!(error.starts_with("`cargo xtask bench` knows no paces; it measures micro, "));
    }
}
