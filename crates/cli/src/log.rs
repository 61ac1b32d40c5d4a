//! What is logged to stderr, and by whom.

use std::io::{self, IsTerminal as _};
use std::str::FromStr;

use clap::ValueEnum;
use jindiao_words::{Message, say};
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::error::CliError;

/// How a logged event is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// A line for people.
    #[default]
    Text,
    /// A line of JSON.
    Json,
}

impl FromStr for LogFormat {
    type Err = Message;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        <Self as ValueEnum>::from_str(text, true).map_err(|_| say!("write text or json"))
    }
}

/// Logs to stderr what `filter` lets through; errors only, if there is none.
pub(crate) fn start(filter: Option<&str>, format: LogFormat) -> Result<(), CliError> {
    let filter = filter.unwrap_or("error").parse().map_err(|_| {
        // Not with its own words, which repeat a part of the text.
        CliError::usage(say!(
            "JINDIAO_LOG: not a filter: write e.g. `info` or `jindiao_client=debug`"
        ))
    })?;
    let ansi = io::stderr().is_terminal();
    // A second subscriber cannot be, and is not needed.
    let _ = subscriber(filter, format, ansi, io::stderr).try_init();
    Ok(())
}

/// Writes what `filter` lets through of the house's own events.
///
/// Those of the HTTP and TLS libraries never come out, whatever the filter says: they do not know
/// what is a secret, and show addresses and headers as they are.
fn subscriber<W>(
    filter: EnvFilter,
    format: LogFormat,
    ansi: bool,
    writer: W,
) -> impl tracing_subscriber::util::SubscriberInitExt + for<'a> LookupSpan<'a>
where
    W: for<'a> MakeWriter<'a> + Clone + Send + Sync + 'static,
{
    let is_json = format == LogFormat::Json;
    let text = (!is_json).then(|| {
        tracing_subscriber::fmt::layer()
            .with_ansi(ansi)
            .with_writer(writer.clone())
    });
    let json = is_json.then(|| tracing_subscriber::fmt::layer().json().with_writer(writer));
    tracing_subscriber::registry()
        .with(filter)
        .with(filter_fn(|event| is_ours(event.target())))
        .with(text)
        .with(json)
}

fn is_ours(target: &str) -> bool {
    let name = target.split("::").next().unwrap_or_default();
    name == "jindiao" || name.starts_with("jindiao_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::Written;

    #[test]
    fn only_the_house_speaks_at_any_level() {
        let named = "hyper_util=trace,reqwest=trace,jindiao_client=trace";
        for (filter, format) in [
            ("trace", LogFormat::Text),
            (named, LogFormat::Text),
            (named, LogFormat::Json),
        ] {
            let written = Written::default();
            let writer = written.clone();
            let filter = filter.parse().expect("a filter");
            let _guard = subscriber(filter, format, false, move || writer.clone()).set_default();
            tracing::trace!(target: "jindiao_client::client", "ours");
            tracing::error!(target: "hyper_util::client", "https://h/?sign=FAKE");
            tracing::error!(target: "reqwest", "FAKE");
            tracing::error!(target: "jindiaoish", "FAKE");
            let text = written.text();
            assert!(text.contains("ours") && !text.contains("FAKE"), "{text}");
            assert_eq!(text.starts_with('{'), format == LogFormat::Json, "{text}");
        }
    }

    #[test]
    fn a_line_of_json_is_one() {
        let written = Written::default();
        let writer = written.clone();
        let filter = "trace".parse().expect("a filter");
        {
            let _guard =
                subscriber(filter, LogFormat::Json, true, move || writer.clone()).set_default();
            tracing::info!(target: "jindiao", name = "甲\n\u{1b}[2J", "two\nlines");
        }
        let text = written.text();
        let line: serde_json::Value = serde_json::from_str(&text).expect("one line of JSON");
        assert_eq!(
            (&line["level"], &line["target"], &line["fields"]["message"]),
            (&"INFO".into(), &"jindiao".into(), &"two\nlines".into())
        );
        assert_eq!(line["fields"]["name"], "甲\n\u{1b}[2J");
        assert!(
            !text.contains('\u{1b}') && text.matches('\n').count() == 1,
            "{text}"
        );
    }

    #[test]
    fn a_filter_that_is_wrong_is_not_repeated() {
        let error = start(Some("FAKE=FAKE=FAKE"), LogFormat::Text).expect_err("not a filter");
        assert!(!error.report().contains("FAKE"), "{}", error.report());
    }
}
