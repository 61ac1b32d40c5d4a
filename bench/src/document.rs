//! `docs/performance.md`.

use std::fmt::Write as _;
use std::fs;

use crate::machine::machine;
use crate::place::Place;
use crate::row::{HEAD, Met, Row};
use crate::rows::Group;

const INTRODUCTION: &str = "\
# How fast it is, and beside what

Made by `cargo xtask bench`, which measures all of this again: every figure stands beside what people would use \
instead, measured in the same run on the same machine. It takes about twenty minutes of a quiet machine; \
`cargo xtask bench --quick` gives a first impression, and names of groups choose: `cargo xtask bench pace links`. \
Ratios are to be compared between machines, figures are not. What many machines can do is in \
[performance-cluster.md](performance-cluster.md).
";

/// Writes it.
pub(crate) fn write(place: &Place, measured: &[(&Group, Vec<Row>)]) -> Result<(), String> {
    let mut text = INTRODUCTION.to_owned();
    let mut line = |line: &str| {
        // Writing to a text does not fail.
        let _ = writeln!(text, "{line}");
    };
    line("\n| machine | |\n|---|---|");
    for (name, value) in machine() {
        line(&format!("| {name} | {value} |"));
    }
    line("| command | `cargo xtask bench` |");
    let rows = || measured.iter().flat_map(|(_, rows)| rows);
    let judged = rows()
        .filter(|row| row.met == Met::Yes || row.met == Met::No)
        .count();
    let missed = rows().filter(|row| row.met == Met::No).count();
    line(&format!(
        "\nOf {judged} figures with a target {} meet it.",
        judged - missed
    ));
    for (group, rows) in measured {
        line(&format!(
            "\n## {}{} (`{}`)\n",
            group.title[..1].to_uppercase(),
            &group.title[1..],
            group.name
        ));
        line(HEAD);
        for row in rows {
            line(&row.to_string());
        }
        line(&format!("\n{}", group.about));
    }
    let file = place.root.join("docs/performance.md");
    fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))
}
