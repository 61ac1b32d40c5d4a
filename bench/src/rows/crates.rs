//! What a project gets that adds one of the crates.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::place::Place;
use crate::process::output;
use crate::row::{Met, Row, shown};

pub(super) const ABOUT: &str = "\
A new package that depends on the crate alone is built with `cargo build` into an empty folder, with the \
crates already downloaded; its tree is counted on this platform, with the crate itself and what runs while \
building. What it takes is what its few dependencies take: `md-5`, `hex`, `zeroize` and `subtle` for the \
signatures; `http`, `serde_json` and procedural macros for the vendors.";

/// What must not come with a protocol.
const RUNTIMES: [&str; 8] = [
    "tokio",
    "async-std",
    "smol",
    "hyper",
    "reqwest",
    "async-io",
    "mio",
    "embassy-executor",
];

pub(super) fn measure(place: &Place) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for (name, most, seconds) in [
        ("signing", 12, Some(4.0)),
        ("codes", 1, None),
        ("protocol-qcc", 40, None),
        ("protocol-patsnap", 40, None),
        ("protocol-yibeidiao", 40, None),
    ] {
        let (took, tree) = added(place, name)?;
        let runtime = tree.iter().find(|it| RUNTIMES.contains(&it.as_str()));
        let is_light = tree.len() <= most && runtime.is_none();
        let also = runtime.map_or(String::new(), |name| format!(", among them {name}"));
        let target = seconds.map_or(String::new(), |most| format!(", {most} s"));
        rows.push(Row {
            what: format!("adding `jindiao-{name}`: crates in the tree, cold build"),
            ours: format!("{}{also}, {}", crates(tree.len()), shown(took, "s")),
            other: "–".to_owned(),
            ratio: "–".to_owned(),
            target: format!("≤ {}{target}", crates(most)),
            met: Met::of(is_light && seconds.is_none_or(|most| took <= most)),
        });
    }
    Ok(rows)
}

fn crates(n: usize) -> String {
    format!("{n} crate{}", if n == 1 { "" } else { "s" })
}

/// The seconds that a cold build takes, and the names of what is built.
fn added(place: &Place, name: &str) -> Result<(f64, BTreeSet<String>), String> {
    let folder = place.folder(&format!("adds-{name}"))?;
    let fail = |error: std::io::Error| error.to_string();
    fs::create_dir(folder.join("src")).map_err(fail)?;
    fs::write(folder.join("src/lib.rs"), "").map_err(fail)?;
    // The versions that the house is tested with, so that nothing has to be looked for.
    fs::copy(place.root.join("Cargo.lock"), folder.join("Cargo.lock")).map_err(fail)?;
    let path = place.root.join("crates").join(name);
    let manifest = format!(
        "[package]\nname = \"adds\"\nedition = \"2024\"\n[workspace]\n[dependencies]\njindiao-{name} = {{ path = {:?} }}\n",
        path.display().to_string()
    );
    fs::write(folder.join("Cargo.toml"), manifest).map_err(fail)?;
    let cargo = |args: &[&str]| {
        let mut cargo = Command::new("cargo");
        cargo.args(args).current_dir(&folder).stderr(Stdio::null());
        cargo.env("CARGO_TARGET_DIR", folder.join("target"));
        cargo
    };
    let tree = output(&mut cargo(&[
        "tree",
        "--offline",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]))?;
    let names = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    let names = names
        .filter(|name| *name != "adds")
        .map(str::to_owned)
        .collect();
    let began = Instant::now();
    output(&mut cargo(&["build", "--offline", "--quiet"]))?;
    Ok((began.elapsed().as_secs_f64(), names))
}
