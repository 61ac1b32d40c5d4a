//! Plays the deterministic simulation with as many seeds as wanted: `cargo xtask simulate`.

use std::process::ExitCode;
use std::time::Duration;

use jindiao_rehearsal::{Campaign, Story, replay};

/// How many seeds are played unless told otherwise.
const SCHEDULES: u64 = 10_000;
/// How many failed seeds are named.
const NAMED: usize = 20;

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    campaign: Campaign,
    story: bool,
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        // The seeds that failed are on stdout.
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Plays what `args` ask for; says whether all went well.
fn run(args: &[&str]) -> Result<bool, String> {
    let Options { campaign, story } = parse(args)?;
    if story {
        return tell(campaign.seed);
    }
    let report = campaign.run().map_err(|error| error.to_string())?;
    let seconds = report.duration.as_millis().max(1);
    print!("{}", report.tally);
    println!(
        "seconds     {:>12}.{:01}",
        seconds / 1000,
        seconds % 1000 / 100
    );
    println!(
        "schedules/s {:>12}",
        u128::from(report.tally.schedules) * 1000 / seconds
    );
    println!("failures    {:>12}", report.failures.len());
    for (seed, why) in report.failures.iter().take(NAMED) {
        println!("  seed {seed}: {why}");
        println!("    cargo xtask simulate --seed {seed} --schedules 1 --story");
    }
    match report.failures.first() {
        Some((seed, _)) => {
            println!("\nthe story of seed {seed}:");
            tell(*seed)
        }
        None => Ok(true),
    }
}

/// Tells what happens with one seed; says whether it goes well.
fn tell(seed: u64) -> Result<bool, String> {
    let rehearsal = replay(seed, Story::Told).map_err(|error| error.to_string())?;
    for line in &rehearsal.story {
        println!("{line}");
    }
    Ok(rehearsal.failure.is_none())
}

fn parse(args: &[&str]) -> Result<Options, String> {
    let mut options = Options {
        campaign: Campaign {
            seed: 0,
            schedules: SCHEDULES,
            limit: None,
            threads: 0,
        },
        story: false,
    };
    let mut args = args.iter();
    while let Some(name) = args.next() {
        if *name == "--story" {
            options.story = true;
            continue;
        }
        let value = args
            .next()
            .and_then(|value| value.replace('_', "").parse::<u64>().ok())
            .ok_or_else(|| format!("{name} needs a whole number"))?;
        let campaign = &mut options.campaign;
        match *name {
            "--schedules" => campaign.schedules = value,
            "--seed" => campaign.seed = value,
            "--seconds" => campaign.limit = Some(Duration::from_secs(value)),
            "--threads" => campaign.threads = usize::try_from(value).unwrap_or(0),
            other => return Err(format!("`cargo xtask simulate` knows no {other}")),
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_assumed() {
        let options = parse(&["--seed", "7", "--seconds", "60"]).expect("options");
        assert_eq!(options.campaign.seed, 7);
        assert_eq!(options.campaign.schedules, SCHEDULES);
        assert_eq!(options.campaign.limit, Some(Duration::from_secs(60)));
        assert!(!options.story);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = |args: &[&str]| parse(args).expect_err("an error");
        assert_eq!(error(&["--seed"]), "--seed needs a whole number");
        assert_eq!(
            error(&["--sed", "1"]),
            "`cargo xtask simulate` knows no --sed"
        );
    }
}
