//! The small things: instructions by callgrind, time by criterion, allocations.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use jindiao_bench::pairs::{PAIRS, TIMES};
use serde_json::Value;

use crate::place::Place;
use crate::process::output;
use crate::row::{Met, Row, shown};

pub(super) const ABOUT: &str = "\
Instructions that callgrind counts (through gungraun), without the ones that measuring itself takes, and \
nanoseconds by criterion; the ratio is that of the instructions where there is a valgrind. What allocates \
is counted. Signatures are beside two bare compressions of MD5 over blocks that are padded already, and \
hex; `info()` beside a `match` over all codes of QCC, written by hand, once for a code that was read before and \
once with reading it (a code in no table is kept as it came, which is the one allocation); requests beside \
`http::Request::builder` that is handed every finished value, signature and address included, and once \
beside code that signs, encodes and joins these itself; replies beside `serde_json::from_slice` into a \
plain struct. Of a signature, 1356 instructions are the two compressions; ours lays the blocks out on the stack, \
compresses them at once and zeroes them. A QCC token also writes the time in digits, some eighty instructions in \
pairs of digits, which is what stands above the target; four digits at a time, hex by a table of pairs, hex of \
all bytes as one number and inlining took more. Requests are bound by making and parsing the address. Replies \
are bound by objects within objects, which are read twice: once to know where they end, once for what is in them, so \
that a fault within costs no code outside. The first of these readings is about a fifth of the instructions of a reply; \
without it a refusal with a broken payload could not be read as one. Numbers are kept as they were written, names are compared in any capitals.";

/// What is said of a pair, the most that it may take, and whether it must not allocate.
const ROWS: &[(&str, &str, Option<f64>, bool)] = &[
    (
        "qcc-token",
        "one QCC token, beside two bare compressions and hex",
        Some(1.1),
        true,
    ),
    (
        "yibeidiao-sign",
        "one Yibeidiao signature, beside two bare compressions and hex",
        Some(1.1),
        true,
    ),
    (
        "info-known",
        "`code.info()`, known code, beside a `match`",
        Some(2.0),
        true,
    ),
    (
        "info-unknown",
        "`code.info()`, unknown code, beside a `match`",
        Some(2.0),
        true,
    ),
    (
        "parse-known",
        "`Code::parse(text).info()`, known code, beside a `match`",
        None,
        false,
    ),
    (
        "parse-unknown",
        "`Code::parse(text).info()`, unknown code, beside a `match`",
        None,
        false,
    ),
    (
        "request-qcc",
        "building a request to QCC, beside the builder with finished values",
        Some(1.5),
        false,
    ),
    (
        "request-patsnap",
        "building a request to PatSnap, beside the builder with finished values",
        Some(1.5),
        false,
    ),
    (
        "request-yibeidiao",
        "building a request to Yibeidiao, beside the builder with finished values",
        Some(1.5),
        false,
    ),
    (
        "request-qcc-whole",
        "the same to QCC, beside code that also signs and encodes",
        None,
        false,
    ),
    (
        "request-patsnap-whole",
        "the same to PatSnap, beside code that also encodes",
        None,
        false,
    ),
    (
        "request-yibeidiao-whole",
        "the same to Yibeidiao, beside code that also signs and encodes",
        None,
        false,
    ),
    (
        "reply-qcc",
        "reading a reply of QCC, beside `serde_json::from_slice`",
        Some(1.5),
        false,
    ),
    (
        "reply-patsnap",
        "reading a reply of PatSnap, beside `serde_json::from_slice`",
        Some(1.5),
        false,
    ),
    (
        "reply-yibeidiao",
        "reading a reply of Yibeidiao (and checking its signature), beside `serde_json::from_slice`",
        Some(1.5),
        false,
    ),
];

/// Of each pair, by name: ours and the other.
type Figures = BTreeMap<String, [f64; 2]>;

pub(super) fn measure(place: &Place) -> Result<Vec<Row>, String> {
    let allocations = allocations(place)?;
    let times = times(place)?;
    let instructions = match &place.runner {
        Some(_) => Ok(instructions(place)?),
        None => Err("there is no valgrind"),
    };
    let mut rows = Vec::new();
    if let Err(reason) = &instructions {
        rows.push(Row::not_measured(
            "instructions (ratios are of times)",
            reason,
        ));
    }
    for (name, what, most, is_free) in ROWS {
        let of = |figures: &Figures| {
            let figure = figures.get(*name).copied();
            figure.ok_or_else(|| format!("{name} is missing"))
        };
        let (time, allocated) = (of(&times)?, of(&allocations)?);
        let counted = instructions.as_ref().ok().map(&of).transpose()?;
        let ratio = |[ours, other]: [f64; 2]| ours / other.max(1e-9);
        let by = ratio(counted.unwrap_or(time));
        let side = |at: usize| {
            let counted = counted.map_or(String::new(), |it| {
                format!("{} instr., ", shown(it[at], ""))
            });
            format!(
                "{counted}{}, {} alloc.",
                shown(time[at], "ns"),
                shown(allocated[at], "")
            )
        };
        let free = if *is_free { ", 0 alloc." } else { "" };
        let is_met = |most: f64| by <= most && !(*is_free && allocated[0] > 0.0);
        rows.push(Row {
            what: (*what).to_owned(),
            ours: side(0),
            other: side(1),
            ratio: format!("{by:.2}"),
            target: most.map_or("–".to_owned(), |most| format!("≤ {most}{free}")),
            met: most.map_or(Met::Untold, |most| Met::of(is_met(most))),
        });
    }
    Ok(rows)
}

fn allocations(place: &Place) -> Result<Figures, String> {
    let said = output(&mut Command::new(place.bin("allocations")))?;
    let mut figures = Figures::new();
    for line in said.lines() {
        let line: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let side = |name: &str| line[name].as_f64().ok_or("no figure");
        let name = line["name"].as_str().unwrap_or_default().to_owned();
        figures.insert(name, [side("ours")?, side("other")?]);
    }
    Ok(figures)
}

/// Nanoseconds.
fn times(place: &Place) -> Result<Figures, String> {
    let home = place.root.join("target/bench/criterion");
    let mut bench = bench(place, "times");
    bench.env("CRITERION_HOME", &home);
    if place.quick {
        bench.args(["--warm-up-time", "0.1", "--measurement-time", "0.2"]);
    }
    output(&mut bench)?;
    let figure = |name: &str, side: &str| {
        let file = home.join(name).join(side).join("new/estimates.json");
        let text = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let read: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let median = read["median"]["point_estimate"].as_f64();
        median.ok_or_else(|| "criterion writes no medians".to_owned())
    };
    of_pairs(figure)
}

fn instructions(place: &Place) -> Result<Figures, String> {
    let runner = place.runner.as_ref().ok_or("there is no valgrind")?;
    let mut bench = bench(place, "instructions");
    // A new home: nothing to compare with but the other side.
    bench
        .arg("--output-format=json")
        .env("GUNGRAUN_RUNNER", runner)
        .env("GUNGRAUN_HOME", place.folder("gungraun")?);
    let said = output(&mut bench)?;
    let mut counted = Vec::new();
    for line in said.lines().filter(|line| line.starts_with('{')) {
        let summary: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let all = instructions_of(&summary).ok_or("gungraun counts no instructions")?;
        counted.push(all / f64::from(TIMES));
    }
    let mut counted = counted.into_iter();
    let figures = of_pairs(|_, _| {
        counted
            .next()
            .ok_or_else(|| "gungraun ran too little".to_owned())
    })?;
    let empty = figures.get("nothing").copied().unwrap_or_default();
    let without = |(name, [ours, other]): (String, [f64; 2])| {
        (
            name,
            [(ours - empty[0]).max(0.0), (other - empty[1]).max(0.0)],
        )
    };
    Ok(figures.into_iter().map(without).collect())
}

/// The figure that stands behind `Ir`, wherever the summary has it.
fn instructions_of(summary: &Value) -> Option<f64> {
    fn first_number(value: &Value) -> Option<f64> {
        match value {
            Value::Number(number) => number.as_f64(),
            Value::Object(map) => map.values().find_map(first_number),
            Value::Array(list) => list.iter().find_map(first_number),
            _ => None,
        }
    }
    match summary {
        Value::Object(map) => match map.get("Ir") {
            Some(figure) => first_number(figure.get("metrics").unwrap_or(figure)),
            None => map.values().find_map(instructions_of),
        },
        Value::Array(list) => list.iter().find_map(instructions_of),
        _ => None,
    }
}

/// Both sides of every pair, in the order of [`PAIRS`].
fn of_pairs(mut figure: impl FnMut(&str, &str) -> Result<f64, String>) -> Result<Figures, String> {
    let mut figures = Figures::new();
    for pair in PAIRS {
        let both = [figure(pair.name, "ours")?, figure(pair.name, "other")?];
        figures.insert(pair.name.to_owned(), both);
    }
    Ok(figures)
}

fn bench(place: &Place, name: &str) -> Command {
    let mut bench = Command::new("cargo");
    bench
        .args(["bench", "--quiet", "--locked", "--manifest-path"])
        .arg(place.root.join("bench/Cargo.toml"))
        .args(["--bench", name, "--"])
        .env("CARGO_TARGET_DIR", place.target());
    bench
}
