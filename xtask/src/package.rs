//! Packages as a registry gets them: what each says of itself and has in it, and that it builds.

use std::path::Path;
use std::process::Command;

use cargo_metadata::{DependencyKind, Package};

use crate::tools::{self, succeed};

/// Whether the packages are built from what is in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verify {
    Yes,
    No,
}

/// What everybody who gets a package must find in it.
const NEEDED: [&str; 4] = ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];
/// What only the repository needs.
const UNWANTED: [&str; 2] = ["tests/", "proptest-regressions/"];

/// Makes the packages of the workspace at `root` that are published, below those that rest on them.
pub(crate) fn run(root: &Path, verify: Verify) -> Result<(), String> {
    let all = members(root)?;
    let (published, kept): (Vec<_>, Vec<_>) = all.into_iter().partition(is_published);
    for package in &published {
        let files = files(root, &package.name)?;
        let wrongs = [lacks(package), misses(&files), unexplained(package)?].concat();
        if !wrongs.is_empty() {
            return Err(format!(
                "the package {}: {}",
                package.name,
                wrongs.join(", ")
            ));
        }
    }
    let mut cargo = Command::new(env!("CARGO"));
    // What a registry would get of a clean checkout is what is in the working copy.
    cargo.args([
        "package",
        "--quiet",
        "--workspace",
        "--locked",
        "--allow-dirty",
    ]);
    cargo.args(kept.iter().flat_map(|it| ["--exclude", it.name.as_str()]));
    if verify == Verify::No {
        cargo.arg("--no-verify");
    }
    succeed(cargo.current_dir(root))
}

fn members(root: &Path) -> Result<Vec<Package>, String> {
    let metadata = tools::workspace(root)?;
    Ok(metadata.workspace_packages().into_iter().cloned().collect())
}

/// Whether it goes to a registry: `publish = false` says that it does not.
fn is_published(package: &Package) -> bool {
    package.publish.as_ref().is_none_or(|it| !it.is_empty())
}

/// What the manifest leaves open.
fn lacks(package: &Package) -> Vec<String> {
    let said = [
        ("description", package.description.is_some()),
        ("keywords", !package.keywords.is_empty()),
        ("categories", !package.categories.is_empty()),
        ("license", package.license.is_some()),
        ("readme", package.readme.is_some()),
        ("rust-version", package.rust_version.is_some()),
    ];
    let open = said.into_iter().filter(|(_, is_said)| !is_said);
    open.map(|(what, _)| format!("no {what}")).collect()
}

/// What is not in the package and should be, and the other way round.
fn misses(files: &[String]) -> Vec<String> {
    let has = |name: &str| files.iter().any(|file| file == name);
    let needed = NEEDED.iter().filter(|name| !has(name));
    let is_unwanted = |file: &&String| UNWANTED.iter().any(|it| file.starts_with(it));
    needed
        .map(|name| format!("no {name} in it"))
        .chain(
            files
                .iter()
                .filter(is_unwanted)
                .map(|file| format!("{file} in it")),
        )
        .collect()
}

/// The dependencies of a library that its front page does not speak of.
fn unexplained(package: &Package) -> Result<Vec<String>, String> {
    if !package.targets.iter().any(cargo_metadata::Target::is_lib) {
        return Ok(Vec::new());
    }
    let path = package.manifest_path.with_file_name("README.md");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let normal = package
        .dependencies
        .iter()
        .filter(|it| it.kind == DependencyKind::Normal);
    Ok(normal
        .filter(|it| !text.contains(&format!("`{}`", it.name)))
        .map(|it| format!("README.md does not say why {}", it.name))
        .collect())
}

/// The files that go into the package `name`.
fn files(root: &Path, name: &str) -> Result<Vec<String>, String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "package",
            "--list",
            "--locked",
            "--allow-dirty",
            "--package",
            name,
        ])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cannot run cargo package: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    // On Windows with the other slash.
    Ok(text.lines().map(|line| line.replace('\\', "/")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_crate_says_what_it_is() {
        for package in members(&crate::root()).expect("the workspace") {
            if is_published(&package) {
                let wrongs = [lacks(&package), unexplained(&package).expect("a page")].concat();
                assert_eq!(wrongs, Vec::<String>::new(), "{}", package.name);
            }
        }
    }

    #[test]
    fn what_is_missing_or_too_much_is_named() {
        let files = [
            "Cargo.toml",
            "LICENSE-MIT",
            "README.md",
            "src/lib.rs",
            "tests/it.rs",
        ];
        assert_eq!(
            misses(&files.map(str::to_owned)),
            ["no LICENSE-APACHE in it", "tests/it.rs in it"]
        );
    }
}
