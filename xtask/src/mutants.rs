//! Changes the code in one place at a time and says which changes no test notices.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::tools::{Tool, succeed};

const CARGO_MUTANTS: Tool = Tool {
    name: "cargo-mutants",
    version: "27.1.0",
};
/// What is changed unless crates are named: what decides over money, and is pure.
const CRATES: [&str; 7] = [
    "signing",
    "codes",
    "protocol",
    "protocol-qcc",
    "protocol-patsnap",
    "protocol-yibeidiao",
    "order",
];

/// Tries every change of the crates in `args`, one after another.
///
/// Changes that nothing can notice are left out by `.cargo/mutants.toml`, each with its reason.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<(), String> {
    if let Some(option) = args.iter().find(|arg| arg.starts_with('-')) {
        return Err(format!("`cargo xtask mutants` takes crates, not {option}"));
    }
    let tool = CARGO_MUTANTS.install(root)?;
    let crates = if args.is_empty() { &CRATES[..] } else { args };
    let mut unnoticed = Vec::new();
    for name in crates {
        println!("== {name}");
        let output = root.join("target/mutants").join(name);
        fs::create_dir_all(&output).map_err(|e| format!("{}: {e}", output.display()))?;
        let mut mutants = Command::new(&tool);
        mutants
            .args(["mutants", "--package"])
            .arg(format!("jindiao-{}", name.trim_start_matches("jindiao-")))
            .arg("--output")
            .arg(&output)
            // A crate must notice by its own tests; samples in its documentation come on top.
            .args(["--all-features", "--colors", "never"])
            .args(["--", "--lib", "--tests"])
            .current_dir(root)
            .env("CARGO_PROFILE_DEV_DEBUG", "false");
        if succeed(&mut mutants).is_err() {
            unnoticed.push(*name);
        }
    }
    if unnoticed.is_empty() {
        return Ok(());
    }
    Err(format!(
        "not every change is noticed, or none could be tried, in {}: see above and target/mutants",
        unnoticed.join(", ")
    ))
}
