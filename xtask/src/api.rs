//! The public API of every library crate as text in the repository, so that a change of it is a decision.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use cargo_metadata::Package;

use crate::codegen::Mode;
use crate::tools::{self, succeed};

/// Where the texts are, below the root.
const FOLDER: &str = "tests/api";
/// Set where Cargo starts this program in place of rustdoc.
const AS_RUSTDOC: &str = "JINDIAO_XTASK_AS_RUSTDOC";

/// Writes the texts of the workspace at `root`, or compares them with the code.
pub(crate) fn run(root: &Path, mode: Mode) -> Result<(), String> {
    let crates = library_crates(root)?;
    describe(root, &crates)?;
    let mut changes = String::new();
    for package in &crates {
        let name = package.name.as_str();
        let path = Path::new(FOLDER).join(format!("{name}.txt"));
        let kept = fs::read_to_string(root.join(&path)).unwrap_or_default();
        let now = text(root, name)?;
        if kept == now {
            continue;
        }
        if mode == Mode::Write {
            let fail = |error| format!("{}: {error}", path.display());
            fs::create_dir_all(root.join(FOLDER)).map_err(fail)?;
            fs::write(root.join(&path), &now).map_err(fail)?;
            println!("wrote {}", path.display());
        } else {
            changes += &format!("{}\n{}", path.display(), difference(&kept, &now));
        }
    }
    let left = left_over(root, &crates)?;
    if mode == Mode::Write {
        return left
            .iter()
            .try_for_each(fs::remove_file)
            .map_err(|error| error.to_string());
    }
    for path in left {
        changes += &format!("{} is of no crate\n", path.display());
    }
    if changes.is_empty() {
        return Ok(());
    }
    Err(format!(
        "the public API is not what {FOLDER} says\n{changes}\
         if that is meant, run `cargo xtask api` and commit what it writes, with the reason"
    ))
}

/// What rustdoc does, if this process was started in its place.
///
/// Only the unstable form of its output needs a compiler that believes to be a nightly one. Said to
/// Cargo, that would have it build anew whatever asks for it, in a different way.
pub(crate) fn rustdoc() -> Option<ExitCode> {
    #[expect(clippy::disallowed_methods, reason = "how the parent process says so")]
    let rustdoc: OsString = std::env::var_os(AS_RUSTDOC)?;
    let status = Command::new(rustdoc)
        .args(std::env::args_os().skip(1))
        .env("RUSTC_BOOTSTRAP", "1")
        .status();
    Some(match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: cannot run rustdoc: {error}");
            ExitCode::FAILURE
        }
    })
}

/// The members of the workspace that others can depend on.
fn library_crates(root: &Path) -> Result<Vec<Package>, String> {
    let metadata = tools::workspace(root)?;
    let folder = metadata.workspace_root.join("crates");
    let is_library = |package: &&Package| {
        let is_ours = package.manifest_path.starts_with(&folder);
        is_ours && package.targets.iter().any(cargo_metadata::Target::is_lib)
    };
    Ok(metadata
        .workspace_packages()
        .into_iter()
        .filter(is_library)
        .cloned()
        .collect())
}

/// Has rustdoc write what it knows of `crates`, with all their features, as JSON.
fn describe(root: &Path, crates: &[Package]) -> Result<(), String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut doc = Command::new(env!("CARGO"));
    doc.args(["doc", "--quiet", "--locked", "--no-deps", "--lib"])
        .args(["--all-features"])
        .args(crates.iter().flat_map(|it| ["--package", it.name.as_str()]))
        .current_dir(root)
        .env("RUSTDOCFLAGS", "-Z unstable-options --output-format json")
        .env("RUSTDOC", here)
        .env(
            AS_RUSTDOC,
            Path::new(env!("CARGO")).with_file_name("rustdoc"),
        );
    succeed(&mut doc)
}

/// The public API of the crate `name`, an item in a line.
fn text(root: &Path, name: &str) -> Result<String, String> {
    let file = format!("{}.json", name.replace('-', "_"));
    let api = public_api::Builder::from_rustdoc_json(root.join("target/doc").join(file))
        // They say the same of nearly every type.
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .build()
        .map_err(|error| {
            format!(
                "{name}: {error}\nRust 1.95 writes what can be read here: with rustup, \
                 `cargo +1.95 xtask api`"
            )
        })?;
    Ok(format!(
        "# The public API of {name}, with all features: written by `cargo xtask api`.\n{}",
        without_what_traits_say(&api.to_string())
    ))
}

/// `api` without the functions of implemented traits: that a trait is implemented says it all.
fn without_what_traits_say(api: &str) -> String {
    // Whose trait was last said to be implemented: free functions may follow at once.
    let mut implementer = None;
    let mut out = String::new();
    for line in api.lines() {
        if line.starts_with("impl") {
            let whose = line.split_once(" for ").map(|(_, whose)| whose);
            implementer = whose.map(|it| it.split(" where ").next().unwrap_or(it));
        }
        let is_said = implementer.is_some_and(|whose| {
            let function = line.split_once("fn ").map(|(_, path)| path);
            let name = function.and_then(|path| path.strip_prefix(whose));
            name.is_some_and(|name| name.starts_with("::"))
        });
        // What the compiler adds to `PartialEq` for patterns.
        if !is_said && !line.contains("core::marker::StructuralPartialEq") {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// Texts of crates that are gone.
fn left_over(root: &Path, crates: &[Package]) -> Result<Vec<PathBuf>, String> {
    let Ok(entries) = fs::read_dir(root.join(FOLDER)) else {
        return Ok(Vec::new());
    };
    let mut left = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        let stem = path.file_stem().map(|it| it.to_string_lossy().into_owned());
        if !crates
            .iter()
            .any(|it| Some(it.name.as_str()) == stem.as_deref())
        {
            left.push(path);
        }
    }
    Ok(left)
}

/// The lines that `now` has more, with `+`, and those that it lacks, with `-`.
fn difference(kept: &str, now: &str) -> String {
    let mut counts: BTreeMap<&str, i32> = BTreeMap::new();
    for line in now.lines() {
        *counts.entry(line).or_default() += 1;
    }
    for line in kept.lines() {
        *counts.entry(line).or_default() -= 1;
    }
    let mut out = String::new();
    for (line, count) in counts {
        match count {
            0 => {}
            1.. => out += &format!("  + {line}\n"),
            _ => out += &format!("  - {line}\n"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_said_line_by_line() {
        let kept = "pub fn a()\npub fn b()\nimpl A\nimpl A\n";
        let now = "pub fn b()\npub fn c()\nimpl A\n";
        assert_eq!(
            difference(kept, now),
            "  - impl A\n  - pub fn a()\n  + pub fn c()\n"
        );
    }

    #[test]
    fn what_a_trait_says_is_left_out() {
        let api = "pub struct a::A\nimpl a::A\npub fn a::A::new() -> Self\n\
                   impl core::clone::Clone for a::A\npub fn a::A::clone(&self) -> a::A\n\
                   impl core::marker::StructuralPartialEq for a::A\n\
                   impl core::str::FromStr for a::A\npub type a::A::Err = a::E\n\
                   pub fn a::A::from_str(&str) -> Result<Self, a::E>\npub fn a::f()\n";
        let expect = "pub struct a::A\nimpl a::A\npub fn a::A::new() -> Self\n\
                      impl core::clone::Clone for a::A\nimpl core::str::FromStr for a::A\n\
                      pub type a::A::Err = a::E\npub fn a::f()\n";
        assert_eq!(without_what_traits_say(api), expect);
    }

    #[test]
    fn every_library_crate_has_its_text() {
        let root = crate::root();
        for package in library_crates(&root).expect("the workspace") {
            let path = root.join(FOLDER).join(format!("{}.txt", package.name));
            assert!(path.is_file(), "{}", path.display());
        }
    }
}
