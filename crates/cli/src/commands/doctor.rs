//! `jindiao doctor`: what stands in the way of orders, and what to do about it.

mod call;
mod config;
mod ledger;
mod network;
mod places;

use std::collections::BTreeSet;

use jindiao_codes::Vendor;
use jindiao_words::{Message, say};
use serde::{Serialize, Serializer};

use crate::cli::DoctorArgs;
use crate::config::{Config, Sources};
use crate::error::{CliError, Kind};
use crate::log::{self, LogFormat};
use crate::output::{Output, note, padded, spoken};
use crate::runtime;

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
    let runtime = runtime::of_many_threads()?;
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
    fn word(self) -> Message {
        match self {
            Self::Ok => say!("ok"),
            Self::Note => say!("note"),
            Self::Warning => say!("warning"),
            Self::Problem => say!("problem"),
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
    #[serde(serialize_with = "in_english")]
    finding: Message,
    /// What to do about it.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "some_in_english"
    )]
    advice: Option<Message>,
    #[serde(skip)]
    kind: Option<Kind>,
}

impl Finding {
    fn new(
        level: Level,
        vendor: Option<Vendor>,
        check: &'static str,
        finding: impl Into<Message>,
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

    fn ok(vendor: Option<Vendor>, check: &'static str, finding: impl Into<Message>) -> Self {
        Self::new(Level::Ok, vendor, check, finding)
    }

    fn note(vendor: Option<Vendor>, check: &'static str, finding: impl Into<Message>) -> Self {
        Self::new(Level::Note, vendor, check, finding)
    }

    fn warning(vendor: Option<Vendor>, check: &'static str, finding: impl Into<Message>) -> Self {
        Self::new(Level::Warning, vendor, check, finding)
    }

    /// A problem that the program would end with `kind` for.
    fn problem(
        kind: Kind,
        vendor: Option<Vendor>,
        check: &'static str,
        finding: impl Into<Message>,
    ) -> Self {
        Self {
            kind: Some(kind),
            ..Self::new(Level::Problem, vendor, check, finding)
        }
    }

    /// What a command would end with.
    fn of_error(vendor: Option<Vendor>, check: &'static str, error: &CliError) -> Self {
        let found = Self::problem(error.kind(), vendor, check, error.finding());
        match error.advice() {
            None => found,
            Some(advice) => found.advice(advice),
        }
    }

    /// With what to do about it.
    #[must_use]
    fn advice(mut self, advice: impl Into<Message>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// A line, and one more with what to do.
    fn text(&self) -> String {
        let finding = &self.finding;
        let check = called(self.check);
        let said = match self.vendor {
            Some(vendor) => say!("{vendor} {check}: {finding}", vendor, check, finding),
            None => say!("{check}: {finding}", check, finding),
        };
        let level = padded(&spoken(self.level.word()), 8);
        let mut text = format!("{level} {}", spoken(said));
        if let Some(advice) = &self.advice {
            text.push_str("\n         -> ");
            text.push_str(&spoken(advice));
        }
        text
    }
}

fn in_english<S: Serializer>(message: &Message, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(message)
}

fn some_in_english<S: Serializer>(message: &Option<Message>, to: S) -> Result<S::Ok, S::Error> {
    message.as_ref().map(Message::to_string).serialize(to)
}

/// What was looked at, for people.
fn called(check: &'static str) -> Message {
    match check {
        "configuration" => say!("configuration"),
        "account" => say!("account"),
        "daily limit" => say!("daily limit"),
        "ledger" => say!("ledger"),
        "output folder" => say!("output folder"),
        "allow list" => say!("allow list"),
        "network" => say!("network"),
        "proxy" => say!("proxy"),
        "address" => say!("address"),
        "name" => say!("name"),
        "connection" => say!("connection"),
        "clock" => say!("clock"),
        "call" => say!("call"),
        other => Message::verbatim(other),
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
            self.out.line(Message::verbatim(finding.text()));
        }
        self.findings.push(finding);
    }

    /// The reasons for not ending with 0.
    fn end(self) -> Vec<Kind> {
        let count = |level| {
            let found = self.findings.iter().filter(|it| it.level == level);
            found.count()
        };
        let problems = match count(Level::Problem) {
            0 => say!("no problems"),
            1 => say!("1 problem"),
            n => say!("{n} problems", n),
        };
        let warnings = match count(Level::Warning) {
            0 => say!("no warnings"),
            1 => say!("1 warning"),
            n => say!("{n} warnings", n),
        };
        note(Message::list([problems, warnings]));
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
        report.add(Finding::ok(None, "a", Message::verbatim("fine")));
        report.add(
            Finding::warning(Some(Vendor::Qcc), "b", Message::verbatim("hm"))
                .advice(Message::verbatim("do this")),
        );
        report.add(Finding::note(None, "c", Message::verbatim("so")));
        assert!(report.findings.iter().all(|it| it.kind.is_none()));
        report.add(Finding::problem(
            Kind::Account,
            None,
            "d",
            Message::verbatim("no"),
        ));
        assert_eq!(report.end(), [Kind::Account]);
        assert_eq!(
            written.text(),
            "ok       a: fine\nwarning  qcc b: hm\n         -> do this\nnote     c: so\nproblem  d: no\n"
        );
    }

    #[test]
    fn it_is_said_in_chinese() {
        use jindiao_words::Lang;
        let chinese = |message: Message| message.in_lang(Lang::Zh);
        assert_eq!(chinese(called("ledger")), "账本");
        assert_eq!(chinese(Level::Problem.word()), "问题");
    }

    #[test]
    fn an_error_of_a_command_is_a_finding() {
        let error = CliError::usage(Message::verbatim("it cannot be read"))
            .hint(Message::verbatim("mend it"));
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
