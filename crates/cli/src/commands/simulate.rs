//! `jindiao simulate`: the three vendors as a local server.

use std::path::Path;

use jindiao_simulator::{FaultPlan, Options, Simulator};
use jindiao_words::say;

use crate::cli::SimulateArgs;
use crate::error::{CliError, Kind};
use crate::output::{Output, note};
use crate::runtime;
use crate::signals::StopAsked;

/// Serves until asked to stop, which is how a server ends well.
pub(crate) fn run(args: &SimulateArgs, out: &mut Output) -> Result<Vec<Kind>, CliError> {
    let options = Options {
        addr: args.addr,
        seed: args.seed,
        faults: args
            .faults
            .as_deref()
            .map(faults)
            .transpose()?
            .unwrap_or_default(),
        ..Options::default()
    };
    let runtime = runtime::of_many_threads()?;
    runtime.block_on(async {
        let simulator = Simulator::start(options).await.map_err(|error| {
            CliError::usage(say!("cannot listen on {addr}", addr = args.addr))
                .because(error)
                .hint(say!("--addr 127.0.0.1:0 takes a free port"))
        })?;
        // Before anybody knows that it runs: from then on it can be asked to stop.
        let mut stop_asked = StopAsked::listen()?;
        // The addresses are for programs as much as for people: always JSON.
        out.record("simulator", &simulator.description());
        note(say!("the simulated vendors are at work; Ctrl-C ends them"));
        stop_asked.wait().await;
        simulator.shutdown().await;
        Ok(Vec::new())
    })
}

/// A fault plan from its JSON, or from a file of it.
fn faults(text: &str) -> Result<FaultPlan, CliError> {
    let read = match text.trim_start().starts_with('{') {
        true => text.to_owned(),
        false => std::fs::read_to_string(Path::new(text)).map_err(|error| {
            CliError::usage(say!("cannot read the fault plan {path}", path = text)).because(error)
        })?,
    };
    serde_json::from_str(&read).map_err(|error| {
        CliError::usage(say!("the fault plan is wrong"))
            .because(error)
            .hint(say!("write e.g. {example}", example = r#"{"rules":[{"operation":"qcc/createReport","nth":[1],"fault":"drop_after_charge"}]}"#))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_from_text_or_file() {
        let plan = r#"{"rules":[{"fault":"throttled","times":1}]}"#;
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), plan).expect("a file");
        let read = |text: &str| faults(text).map_err(|error| error.report());
        assert_eq!(read(plan), read(&file.path().display().to_string()));
        assert_eq!(read(plan).expect("a plan").rules.len(), 1);
        assert!(
            read("no-such-file")
                .is_err_and(|text| text.contains("cannot read the fault plan no-such-file"))
        );
        assert!(read("{\"rule\":[]}").is_err_and(|text| text.contains("hint: write e.g.")));
    }
}
