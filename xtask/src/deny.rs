//! What may come into the house: `deny.toml`, and that every crate of ours forbids unsafe code.

use std::path::Path;
use std::process::Command;

use crate::tools::{self, Tool};

const CARGO_DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
};

/// The checks that need no network. Advisories need one; see `deny.toml`.
const CHECKS: [&str; 3] = ["licenses", "bans", "sources"];

/// Checks the workspace at `root`, and the fuzz targets, which are one of their own.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    forbids_unsafe(root)?;
    let program = CARGO_DENY.install(root)?;
    // What the list allows and the fuzz targets do not have is had by the workspace, or the other
    // way round.
    let unused = [
        "license-not-encountered",
        "unmatched-skip",
        "unmatched-skip-root",
        "unnecessary-skip",
    ];
    let allow_unused: Vec<&str> = unused.iter().flat_map(|it| ["--allow", it]).collect();
    let deny_unused = ["--deny", "unmatched-skip", "--deny", "unnecessary-skip"];
    check(&program, root, "Cargo.toml", &deny_unused)?;
    check(&program, root, "fuzz/Cargo.toml", &allow_unused)
}

fn check(program: &Path, root: &Path, manifest: &str, options: &[&str]) -> Result<(), String> {
    let status = Command::new(program)
        .args(["--manifest-path", manifest, "--locked", "check"])
        .args(["--hide-inclusion-graph"])
        .args(["--allow", "license-exception-not-encountered"])
        .args(options)
        .args(CHECKS)
        .current_dir(root)
        .status()
        .map_err(|error| format!("cannot run cargo-deny: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!(
            "{manifest} has what deny.toml does not want; `cargo deny --manifest-path {manifest} check {}` shows who brings it",
            CHECKS.join(" ")
        ))
    }
}

/// Every crate of the workspace takes the workspace's lints, and those forbid unsafe code.
fn forbids_unsafe(root: &Path) -> Result<(), String> {
    let metadata = tools::workspace(root)?;
    let mut manifests: Vec<_> = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.manifest_path.clone().into_std_path_buf())
        .collect();
    manifests.extend(["Cargo.toml", "fuzz/Cargo.toml", "bench/Cargo.toml"].map(|it| root.join(it)));
    for manifest in manifests {
        let text = std::fs::read_to_string(&manifest)
            .map_err(|error| format!("{}: {error}", manifest.display()))?;
        if !is_forbidden(&text)? {
            return Err(format!(
                "{} allows unsafe code: it needs `[lints] workspace = true`",
                manifest.display()
            ));
        }
    }
    Ok(())
}

/// Whether the manifest `text` forbids unsafe code by itself, for its workspace, or as its
/// workspace does.
fn is_forbidden(text: &str) -> Result<bool, String> {
    let manifest: toml::Table = text.parse().map_err(|error| format!("{error}"))?;
    let at = |path: &[&str]| {
        let (first, rest) = path.split_first()?;
        rest.iter()
            .try_fold(manifest.get(*first)?, |value, key| value.get(key))
    };
    let forbids = |path: &[&str]| {
        at(path).is_some_and(|lint| {
            let level = lint.get("level").unwrap_or(lint);
            level.as_str() == Some("forbid")
        })
    };
    Ok(
        at(&["lints", "workspace"]).and_then(toml::Value::as_bool) == Some(true)
            || forbids(&["lints", "rust", "unsafe_code"])
            || forbids(&["workspace", "lints", "rust", "unsafe_code"]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(manifest: &str, expect: bool) {
        assert_eq!(is_forbidden(manifest), Ok(expect), "{manifest}");
    }

    #[test]
    fn every_crate_of_ours_forbids_unsafe_code() {
        assert_eq!(forbids_unsafe(&crate::root()), Ok(()));
    }

    #[test]
    fn what_forbids_and_what_does_not() {
        check("[lints]\nworkspace = true", true);
        check("[lints.rust]\nunsafe_code = \"forbid\"", true);
        check("[lints.rust]\nunsafe_code = { level = \"forbid\" }", true);
        check("[workspace.lints.rust]\nunsafe_code = \"forbid\"", true);
        check("[workspace.lints.rust]\nunsafe_code = \"deny\"", false);
        check("[lints]\nworkspace = false", false);
        check("[package]\nname = \"x\"", false);
        assert!(is_forbidden("[lints").is_err());
    }
}
