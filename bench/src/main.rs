//! Jindiao beside what people would use instead: runs all of it, prints a table, and writes
//! `docs/performance.md`. `cargo xtask bench` builds what it needs and calls it.

mod document;
mod machine;
mod place;
mod process;
mod row;
mod rows;

use std::path::PathBuf;
use std::process::ExitCode;

use place::Place;
use row::Row;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let mut args = std::env::args().skip(1);
    let root = PathBuf::from(args.next().ok_or("the workspace is missing")?);
    let jindiao = PathBuf::from(args.next().ok_or("the program is missing")?);
    let runner = args.next().filter(|path| path != "-").map(PathBuf::from);
    let (options, names): (Vec<_>, Vec<_>) = args.partition(|arg| arg.starts_with("--"));
    let quick = options.iter().any(|it| it == "--quick");
    let groups: Vec<_> = rows::GROUPS
        .iter()
        .filter(|group| names.is_empty() || names.iter().any(|name| name == group.name))
        .collect();
    let place = Place::new(root, jindiao, runner, quick)?;

    let mut measured: Vec<(&rows::Group, Vec<Row>)> = Vec::new();
    println!("{}", row::HEAD);
    for group in groups {
        eprintln!("measuring {}", group.name);
        place.clear()?;
        let rows = (group.measure)(&place)
            .unwrap_or_else(|reason| vec![Row::not_measured(group.title, &reason)]);
        for row in &rows {
            println!("{row}");
        }
        measured.push((group, rows));
    }
    place.clear()?;
    if quick || !names.is_empty() {
        println!("\ndocs/performance.md is written by a whole run, without --quick and names");
        return Ok(());
    }
    document::write(&place, &measured)
}
