//! `jindiao doctor`: what stands in the way of orders, and what to do about it.

mod call;
mod config;
mod ledger;
mod network;
mod places;

use std::collections::BTreeSet;

use jindiao_codes::Vendor;
use serde::Serialize;

use crate::cli::DoctorArgs;
use crate::config::{Config, Sources};
use crate::error::{CliError, Kind};
use crate::log::{self, LogFormat};
use crate::output::{Output, note, spoken};

pub(crate) fn run(
    args: &DoctorArgs,
    sources: &Sources,
    format: Option<LogFormat>,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let mut report = Report::new(out);
    let config = config::examine(sources, &mut report);
    // Only what is right is asked for more: a wrong address would be asked in place of the right one.
    if let Some(config) = &config {
        let format = format.or(config.log_format).unwrap_or_default();
        log::start(config.log.as_deref(), format)?;
        let with_account = config::accounts(config, &mut report);
        ask(args, sources, config, &with_account, &mut report)?;
    }
    if let Some(folder) = &args.out {
        places::folder(folder, &mut report);
    }
    ledger::examine(args.ledger.ledger.as_deref(), config.as_ref(), &mut report);
    Ok(report.end())
}

/// Asks the vendors: without an account, and with one where that is wanted.
fn ask(
    args: &DoctorArgs,
    sources: &Sources,
    config: &Config,
    with_account: &BTreeSet<Vendor>,
    report: &mut Report<'_>,
) -> Result<(), CliError> {
    let consent = match args.call {
        true => call::consent(with_account, config, args.yes)?,
        false => false,
    };
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| CliError::usage("cannot start").because(error))?;
    runtime.block_on(async {
        network::proxies(config, sources, report);
        // Without any account the way to all of them is of interest.
        let vendors: Vec<_> = Vendor::ALL
            .into_iter()
            .filter(|vendor| with_account.is_empty() || with_account.contains(vendor))
            .collect();
        match network::examine(config, &vendors).await {
            Ok(findings) => findings.into_iter().for_each(|it| report.add(it)),
            Err(error) => report.add(Finding::of_error(None, "network", &error)),
        }
        if consent {
            for vendor in with_account {
                call::examine(config, *vendor, report).await;
            }
        } else if !args.call {
            call::hints(with_account, report);
        }
    });
    Ok(())
}

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// It is as it should be.
    Ok,
    /// Worth knowing.
    Note,
    /// It works, or may work, and should be seen to.
    Warning,
    /// Orders will not work.
    Problem,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
struct Finding {
    level: Level,
    /// Whose, if it is about a vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor: Option<&'static str>,
    check: &'static str,
    finding: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
    #[serde(skip)]
    kind: Option<Kind>,
}

impl Finding {
    fn new(
        level: Level,
        vendor: Option<Vendor>,
        check: &'static str,
        finding: impl Into<String>,
    ) -> Self {
        Self {
            level,
            vendor: vendor.map(Vendor::id),
            check,
            finding: finding.into(),
            advice: None,
            kind: None,
        }
    }

    fn ok(vendor: Option<Vendor>, check: &'static str, finding: impl Into<String>) -> Self {
        Self::new(Level::Ok, vendor, check, finding)
    }

    fn note(vendor: Option<Vendor>, check: &'static str, finding: impl Into<String>) -> Self {
        Self::new(Level::Note, vendor, check, finding)
    }

    fn warning(vendor: Option<Vendor>, check: &'static str, finding: impl Into<String>) -> Self {
        Self::new(Level::Warning, vendor, check, finding)
    }

    /// A problem that the program would end with `kind` for.
    fn problem(
        kind: Kind,
        vendor: Option<Vendor>,
        check: &'static str,
        finding: impl Into<String>,
    ) -> Self {
        Self {
            kind: Some(kind),
            ..Self::new(Level::Problem, vendor, check, finding)
        }
    }

    /// What a command would end with.
    fn of_error(vendor: Option<Vendor>, check: &'static str, error: &CliError) -> Self {
        let found = Self::problem(error.kind(), vendor, check, spoken(error.finding()));
        match error.advice() {
            None => found,
            Some(advice) => found.advice(spoken(advice)),
        }
    }

    /// With what to do about it.
    #[must_use]
    fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// A line, and one more with what to do.
    fn text(&self) -> String {
        let vendor = self.vendor.map(|it| format!("{it} ")).unwrap_or_default();
        let Self { check, finding, .. } = self;
        let mut text = format!("{:<8} {vendor}{check}: {finding}", self.level.word());
        if let Some(advice) = &self.advice {
            text.push_str("\n         -> ");
            text.push_str(advice);
        }
        text
    }
}

/// What was found so far; each finding is told as soon as it is made.
struct Report<'a> {
    out: &'a mut Output,
    findings: Vec<Finding>,
}

impl<'a> Report<'a> {
    fn new(out: &'a mut Output) -> Self {
        Self {
            out,
            findings: Vec::new(),
        }
    }

    fn add(&mut self, finding: Finding) {
        if self.out.is_json() {
            self.out.record("finding", &finding);
        } else {
            self.out.line(finding.text());
        }
        self.findings.push(finding);
    }

    /// The reasons for not ending with 0.
    fn end(self) -> Vec<Kind> {
        let count = |level, word: &str| {
            let found = self.findings.iter().filter(|it| it.level == level);
            match found.count() {
                0 => format!("no {word}s"),
                1 => format!("1 {word}"),
                n => format!("{n} {word}s"),
            }
        };
        note(format!(
            "{}, {}",
            count(Level::Problem, "problem"),
            count(Level::Warning, "warning")
        ));
        self.findings.iter().filter_map(|it| it.kind).collect()
    }
}

#[cfg(test)]
mod testing {
    use super::Report;
    use crate::output::testing::output;

    /// What `look` finds, as a user reads it.
    pub(super) fn told(look: impl FnOnce(&mut Report<'_>)) -> String {
        let (mut out, written) = output(false);
        look(&mut Report::new(&mut out));
        written.text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::output;

    #[test]
    fn only_problems_end_it_with_a_code() {
        let (mut out, written) = output(false);
        let mut report = Report::new(&mut out);
        report.add(Finding::ok(None, "a", "fine"));
        report.add(Finding::warning(Some(Vendor::Qcc), "b", "hm").advice("do this"));
        report.add(Finding::note(None, "c", "so"));
        assert!(report.findings.iter().all(|it| it.kind.is_none()));
        report.add(Finding::problem(Kind::Account, None, "d", "no"));
        assert_eq!(report.end(), [Kind::Account]);
        assert_eq!(
            written.text(),
            "ok       a: fine\nwarning  qcc b: hm\n         -> do this\nnote     c: so\nproblem  d: no\n"
        );
    }

    #[test]
    fn an_error_of_a_command_is_a_finding() {
        let error = CliError::usage("it cannot be read").hint("mend it");
        let found = Finding::of_error(None, "file", &error);
        assert_eq!(
            found.text(),
            "problem  file: it cannot be read\n         -> mend it"
        );
        let json = serde_json::to_value(&found).expect("JSON");
        assert_eq!(
            json,
            serde_json::json!({"level": "problem", "check": "file", "finding": "it cannot be read", "advice": "mend it"})
        );
    }
}
