//! `jindiao`: from a list of companies to a folder of reports.

mod accounts;
mod child;
mod cli;
mod clock;
mod commands;
mod config;
mod day;
mod doubt;
mod duration;
mod error;
mod export;
mod ledger;
mod locale;
mod log;
mod output;
mod progress;
mod record;
mod runtime;
mod signals;

use std::process::ExitCode;

use cli::{Cli, Command};
use config::{Config, Sources};
use error::{CliError, Kind, exit_code};
use jindiao_words::{Say as _, say};
use output::{Output, note};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    let lang = locale::choose(&arguments);
    locale::speak(lang.as_ref().copied().unwrap_or_default());
    let kinds = match lang.map(|lang| cli::spoken::parse(&arguments, lang)) {
        Ok(Ok(cli)) => run(cli),
        Ok(Err(code)) => return ExitCode::from(code),
        Err(error) => Err(error),
    };
    let kinds = kinds.unwrap_or_else(|error| {
        note(error.told());
        vec![error.kind()]
    });
    ExitCode::from(exit_code(&kinds))
}

/// Does what the command line says; the reasons for not ending with 0.
fn run(cli: Cli) -> Result<Vec<Kind>, CliError> {
    let mut out = Output::stdout(cli.json);
    let sources = Sources::of_process(cli.config);
    let format = cli.log_format;
    let kinds = match cli.command {
        Command::Code(args) => commands::code::run(&args, &mut out),
        Command::Completions(args) => commands::completions::run(&args, &mut out),
        Command::CompleteOrders(args) => commands::completions::orders(&args, &sources, &mut out),
        Command::Man(args) => commands::man::run(&args, &mut out)?,
        Command::Init(args) => commands::init::run(&args, &sources, &mut out)?,
        Command::Doctor(args) => commands::doctor::run(&args, &sources, format, &mut out)?,
        Command::Verify(args) => commands::verify::run(&args, &mut out)?,
        Command::Template => commands::template::run(&mut out),
        #[cfg(not(feature = "cluster"))]
        Command::Cluster(_) => {
            return Err(
                CliError::usage(say!("this jindiao was built without `cluster`")).hint(say!(
                    "build it in: {command}",
                    command = "cargo install --path crates/cli --features cluster"
                )),
            );
        }
        Command::Simulate(args) => {
            // It works without a configuration, also where there is a wrong one.
            let variable = |name| sources.environment.get(name).map(String::as_str);
            let written = variable("JINDIAO_LOG_FORMAT").filter(|text| !text.is_empty());
            let format = match (format, written) {
                (Some(format), _) => format,
                (None, Some(text)) => text
                    .parse()
                    .map_err(|error| CliError::usage(say!("JINDIAO_LOG_FORMAT: {error}", error)))?,
                (None, None) => log::LogFormat::default(),
            };
            log::start(variable("JINDIAO_LOG"), format)?;
            commands::simulate::run(&args, &mut out)?
        }
        command => {
            let config = configure(&sources, format)?;
            match command {
                Command::Sign(args) => commands::sign::run(&args, &config, &mut out)?,
                Command::Run(args) => commands::order::run(&args, &config, &mut out)?,
                Command::Watch(args) => commands::watch::run(&args, &config, &mut out)?,
                Command::Check(args) => commands::check::run(&args, &config, &mut out)?,
                Command::Get(args) => commands::order::get(&args, &config, &mut out)?,
                Command::Status(args) => commands::status::run(&args, &config, &mut out)?,
                Command::Orders(args) => commands::orders::run(&args, &config, &mut out)?,
                Command::Show(args) => commands::show::run(&args, &config, &mut out)?,
                Command::Resolve(args) => commands::resolve::run(&args, &config, &mut out)?,
                Command::Bill(args) => commands::bill::run(&args, &config, &mut out)?,
                Command::Dashboard(args) => commands::dashboard::run(&args, config, &mut out)?,
                Command::Report(args) => commands::report::run(&args, &config, &mut out)?,
                #[cfg(feature = "cluster")]
                Command::Cluster(args) => commands::cluster::run(&args, &config, &mut out)?,
                #[cfg(not(feature = "cluster"))]
                Command::Cluster(_) => Vec::new(),
                Command::Code(_)
                | Command::Completions(_)
                | Command::CompleteOrders(_)
                | Command::Doctor(_)
                | Command::Init(_)
                | Command::Man(_)
                | Command::Template
                | Command::Verify(_)
                | Command::Simulate(_) => Vec::new(),
            }
        }
    };
    out.finish()?;
    Ok(kinds)
}

fn configure(sources: &Sources, format: Option<log::LogFormat>) -> Result<Config, CliError> {
    let (config, notes) = Config::load(sources)?;
    notes.iter().for_each(|it| note(it.say()));
    let format = format.or(config.log_format).unwrap_or_default();
    log::start(config.log.as_deref(), format)?;
    Ok(config)
}
