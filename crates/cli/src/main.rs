//! `jindiao`: from a list of companies to a folder of reports.

mod accounts;
mod cli;
mod clock;
mod commands;
mod config;
mod day;
mod doubt;
mod duration;
mod error;
mod ledger;
mod output;
mod progress;
mod record;
mod signals;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Command};
use config::{Config, Sources};
use error::{CliError, Kind, exit_code};
use output::{Output, note};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let kinds = run(cli).unwrap_or_else(|error| {
        note(error.report());
        vec![error.kind()]
    });
    ExitCode::from(exit_code(&kinds))
}

/// Does what the command line says; the reasons for not ending with 0.
fn run(cli: Cli) -> Result<Vec<Kind>, CliError> {
    let mut out = Output::stdout(cli.json);
    let sources = Sources::of_process(cli.config);
    let kinds = match cli.command {
        Command::Code(args) => commands::code::run(&args, &mut out),
        Command::Completions(args) => commands::completions::run(&args, &mut out),
        Command::Verify(args) => commands::verify::run(&args, &mut out)?,
        Command::Simulate(args) => {
            // It works without a configuration, also where there is a wrong one.
            start_log(sources.environment.get("JINDIAO_LOG").map(String::as_str))?;
            commands::simulate::run(&args, &mut out)?
        }
        command => {
            let config = configure(&sources)?;
            match command {
                Command::Sign(args) => commands::sign::run(&args, &config, &mut out)?,
                Command::Run(args) => commands::order::run(&args, &config, &mut out)?,
                Command::Get(args) => commands::order::get(&args, &config, &mut out)?,
                Command::Status(args) => commands::ledger::status(&args, &config, &mut out)?,
                Command::Orders(args) => commands::ledger::orders(&args, &config, &mut out)?,
                Command::Show(args) => commands::ledger::show(&args, &config, &mut out)?,
                Command::Resolve(args) => commands::resolve::run(&args, &config, &mut out)?,
                Command::Bill(args) => commands::bill::run(&args, &config, &mut out)?,
                Command::Code(_)
                | Command::Completions(_)
                | Command::Verify(_)
                | Command::Simulate(_) => Vec::new(),
            }
        }
    };
    out.finish()?;
    Ok(kinds)
}

fn configure(sources: &Sources) -> Result<Config, CliError> {
    let (config, notes) = Config::load(sources)?;
    notes.iter().for_each(note);
    start_log(config.log.as_deref())?;
    Ok(config)
}

/// Logs to stderr what `filter` lets through; errors only, if there is none.
fn start_log(filter: Option<&str>) -> Result<(), CliError> {
    let filter = tracing_subscriber::EnvFilter::try_new(filter.unwrap_or("error"))
        .map_err(|error| CliError::usage("the log filter is wrong").because(error))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A second subscriber cannot be, and is not needed.
    let _ = builder
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .try_init();
    Ok(())
}
