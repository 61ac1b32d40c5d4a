//! The configuration: which file, whose, what is wrong with it, and the accounts in it.

use std::collections::BTreeSet;

use jindiao_codes::Vendor;
use jindiao_words::{Message, say};

use super::{Finding, Report};
use crate::config::{Config, Sources};
use crate::error::Kind;

const CHECK: &str = "configuration";

/// Tells of the configuration; gives it where nothing is wrong with it.
pub(super) fn examine(sources: &Sources, report: &mut Report<'_>) -> Option<Config> {
    let examined = match Config::examine(sources) {
        Ok(examined) => examined,
        Err(error) => {
            report.add(Finding::of_error(None, CHECK, &error));
            return None;
        }
    };
    let variables = match sources
        .environment
        .values()
        .filter(|it| !it.is_empty())
        .count()
    {
        0 => say!("no variable JINDIAO_… is set"),
        1 => say!("1 variable JINDIAO_… is set"),
        n => say!("{n} variables JINDIAO_… are set", n),
    };
    match &examined.path {
        Some(path) => {
            let standing = examined.standing(sources);
            let standing = standing.map_or(Message::verbatim(""), |it| {
                say!(" ({standing})", standing = it)
            });
            let text = say!(
                "{path}{standing}; {variables}",
                path = path.display(),
                standing,
                variables
            );
            report.add(Finding::ok(None, CHECK, text));
        }
        None => {
            let places: Vec<_> = sources
                .places()
                .map(|place| Message::verbatim(place.display().to_string()))
                .collect();
            let text = say!(
                "no file ({places}); {variables}",
                places = Message::list(places),
                variables
            );
            report.add(Finding::note(None, CHECK, text).advice(say!("`jindiao init` makes one")));
        }
    }
    for note in &examined.notes {
        let found = match note.is_warning {
            true => Finding::warning(None, CHECK, &note.text),
            false => Finding::note(None, CHECK, &note.text),
        };
        report.add(match &note.advice {
            Some(advice) => found.advice(advice),
            None => found,
        });
    }
    for problem in &examined.problems {
        report.add(
            Finding::problem(Kind::Usage, None, CHECK, problem)
                .advice(say!("docs/configuration.md lists every key and variable")),
        );
    }
    if !examined.problems.is_empty() {
        let text = say!("the accounts and the way to the vendors are looked at when this is right");
        report.add(Finding::note(None, CHECK, text));
    }
    examined.config.filter(|_| examined.problems.is_empty())
}

/// Tells of the accounts; gives the vendors with one.
pub(super) fn accounts(config: &Config, report: &mut Report<'_>) -> BTreeSet<Vendor> {
    const CHECK: &str = "account";
    let mut there = BTreeSet::new();
    for vendor in Vendor::ALL {
        let credentials = config.credentials(vendor);
        let is_named = !credentials.is_empty() || config.asks_a_command(vendor);
        let missing = config.missing(vendor);
        if !is_named {
            let found = Finding::note(
                Some(vendor),
                CHECK,
                say!("none: its reports cannot be ordered"),
            );
            report.add(match missing.first() {
                Some(advice) => found.advice(advice),
                None => found,
            });
            continue;
        }
        let is_odd = credentials.iter().any(|it| it.oddity.is_some());
        for credential in &credentials {
            if let Some(oddity) = &credential.oddity {
                let advice = say!("copy it from the vendor once more; it is used as it stands");
                report.add(Finding::warning(Some(vendor), CHECK, oddity).advice(advice));
            }
        }
        if missing.is_empty() {
            there.insert(vendor);
            if config.asks_a_command(vendor) {
                let text =
                    say!("its `secret_command` is asked when it is needed, and was not run now");
                report.add(Finding::ok(Some(vendor), CHECK, text));
            } else if !is_odd {
                let text = say!("the credentials are there and look as they should");
                report.add(Finding::ok(Some(vendor), CHECK, text));
            }
        }
        for problem in missing {
            report.add(Finding::problem(Kind::Usage, Some(vendor), CHECK, problem));
        }
        pace(config, vendor, &mut *report);
    }
    there
}

fn pace(config: &Config, vendor: Vendor, report: &mut Report<'_>) {
    let has_pair = config
        .credentials(vendor)
        .iter()
        .any(|it| it.key == "patsnap.client_id");
    if vendor == Vendor::Patsnap && has_pair && config.vendor(vendor).daily_limit == Some(1) {
        let text =
            say!("a daily limit of 1 call is used up by getting a token: nothing can be ordered");
        report.add(Finding::warning(Some(vendor), "daily limit", text).advice(
            say!("set `patsnap.daily_limit` to 3 or more: a token, an order, a question for its state"),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;
    use super::*;

    /// What is said of a configuration of variables.
    fn of(environment: &[(&str, &str)]) -> String {
        let environment = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let sources = Sources {
            environment,
            ..Sources::default()
        };
        told(|report| {
            if let Some(config) = examine(&sources, report) {
                accounts(&config, report);
            }
        })
    }

    #[test]
    fn what_is_said_of_accounts() {
        let check = |environment: &[(&str, &str)], parts: &[&str]| {
            let text = of(environment);
            for part in parts {
                assert!(text.contains(part), "{part}: {text}");
            }
            assert!(!text.contains("FAKE"), "{text}");
        };
        check(
            &[],
            &[
                "note     configuration: no file (); no variable",
                "note     qcc account: none: its reports cannot be ordered\n         -> JINDIAO_QCC_KEY is not set",
            ],
        );
        let key = "FAKE0000000000000000000000000001";
        let secret = "FAKE0000000000000000000000000002";
        check(
            &[("JINDIAO_QCC_KEY", key), ("JINDIAO_QCC_SECRET", secret)],
            &[
                "ok       qcc account: the credentials are there",
                "2 variables",
            ],
        );
        check(
            &[("JINDIAO_QCC_KEY", key), ("JINDIAO_QCC_SECRET", key)],
            &["warning  qcc account: JINDIAO_QCC_KEY is the same text as another"],
        );
        check(
            &[("JINDIAO_QCC_KEY", "FAKE-1")],
            &[
                "warning  qcc account: JINDIAO_QCC_KEY is not 32 letters and digits",
                "problem  qcc account: JINDIAO_QCC_SECRET is not set",
            ],
        );
        check(
            &[
                ("JINDIAO_PATSNAP_CLIENT_ID", key),
                ("JINDIAO_PATSNAP_CLIENT_SECRET", secret),
                ("JINDIAO_PATSNAP_DAILY_LIMIT", "1"),
            ],
            &["warning  patsnap daily limit: a daily limit of 1 call"],
        );
        check(
            &[
                ("JINDIAO_QCC_URL", "https://FAKE@h/"),
                ("JINDIAO_QCC_KEZ", "FAKE"),
            ],
            &[
                "problem  configuration: JINDIAO_QCC_URL: ",
                "note     configuration: the variable JINDIAO_QCC_KEZ is no setting of Jindiao; did you mean JINDIAO_QCC_KEY?",
                "are looked at when this is right",
            ],
        );
    }

    #[test]
    fn a_file_with_its_standing_and_what_others_may_do() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("jindiao.toml");
        std::fs::write(&path, "[qcc]\nkey = 'FAKE'\nkez = 'FAKE'\n").expect("a file");
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .expect("a mode");
        let sources = Sources {
            file: Some(path),
            ..Sources::default()
        };
        let text = told(|report| assert!(examine(&sources, report).is_none()));
        assert!(text.contains("ok       configuration: "), "{text}");
        assert!(text.contains("(qcc.kez): there is no such key"), "{text}");
        if cfg!(unix) {
            assert!(text.contains(", mode 644)"), "{text}");
            assert!(
                text.contains("others may read it\n         -> chmod 600 "),
                "{text}"
            );
        }
        assert!(!text.contains("FAKE"), "{text}");
        let nowhere = Sources {
            file: Some(folder.path().join("other.toml")),
            ..Sources::default()
        };
        let text = told(|report| assert!(examine(&nowhere, report).is_none()));
        assert!(
            text.starts_with("problem  configuration: cannot read"),
            "{text}"
        );
    }
}
