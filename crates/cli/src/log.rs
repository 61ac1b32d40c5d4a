//! What is logged to stderr, and by whom.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::error::CliError;

/// Logs to stderr what `filter` lets through; errors only, if there is none.
pub(crate) fn start(filter: Option<&str>) -> Result<(), CliError> {
    let filter = filter.unwrap_or("error").parse().map_err(|_| {
        // Not with its own words, which repeat a part of the text.
        CliError::usage("JINDIAO_LOG: not a filter: write e.g. `info` or `jindiao_client=debug`")
    })?;
    let ansi = io::stderr().is_terminal();
    // A second subscriber cannot be, and is not needed.
    let _ = subscriber(filter, ansi, io::stderr).try_init();
    Ok(())
}

/// Writes what `filter` lets through of the house's own events.
///
/// Those of the HTTP and TLS libraries never come out, whatever the filter says: they do not know
/// what is a secret, and show addresses and headers as they are.
fn subscriber<W>(
    filter: EnvFilter,
    ansi: bool,
    writer: W,
) -> impl tracing_subscriber::util::SubscriberInitExt + for<'a> LookupSpan<'a>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::registry()
        .with(filter)
        .with(filter_fn(|event| is_ours(event.target())))
        .with(
            tracing_subscriber::fmt::layer()
                .with_ansi(ansi)
                .with_writer(writer),
        )
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
        for filter in [
            "trace",
            "hyper_util=trace,reqwest=trace,jindiao_client=trace",
        ] {
            let written = Written::default();
            let writer = written.clone();
            let filter = filter.parse().expect("a filter");
            let _guard = subscriber(filter, false, move || writer.clone()).set_default();
            tracing::trace!(target: "jindiao_client::client", "ours");
            tracing::error!(target: "hyper_util::client", "https://h/?sign=FAKE");
            tracing::error!(target: "reqwest", "FAKE");
            tracing::error!(target: "jindiaoish", "FAKE");
            let text = written.text();
            assert!(text.contains("ours") && !text.contains("FAKE"), "{text}");
        }
    }

    #[test]
    fn a_filter_that_is_wrong_is_not_repeated() {
        let error = start(Some("FAKE=FAKE=FAKE")).expect_err("not a filter");
        assert!(!error.report().contains("FAKE"), "{}", error.report());
    }
}
