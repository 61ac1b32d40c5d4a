//! The ledger: does it open, is it whole, who uses it, what waits in it.

use std::path::Path;

use jindiao_batch::{LedgerErrorKind, LedgerKind, Store, ledger_writer, network_file_system};
use jindiao_order::StateName;
use jindiao_words::say;

use super::{Finding, Report, places};
use crate::config::Config;
use crate::error::{CliError, Kind};
use crate::ledger;

const CHECK: &str = "ledger";

/// Tells of the ledger that `flag` names, or the configuration, or of the usual one.
pub(super) fn examine(flag: Option<&Path>, config: Option<&Config>, report: &mut Report<'_>) {
    let path = match (flag, config) {
        (Some(path), _) => path.to_owned(),
        (None, Some(config)) => ledger::path(None, config, LedgerKind::Real),
        // Another one may be named where nothing could be read.
        (None, None) => return,
    };
    if let Some(name) = network_file_system(&path) {
        let text = say!(
            "{path} is on {name}: two machines may both believe that they alone write it",
            path = path.display(),
            name
        );
        report.add(Finding::warning(None, CHECK, text).advice(say!(
            "keep it on a disk of this machine: --ledger FILE, or `ledger` in jindiao.toml"
        )));
    }
    let store = match Store::view(&path) {
        Ok(store) => store,
        Err(error) if *error.kind() == LedgerErrorKind::Missing => {
            let text = say!(
                "{path} is not there yet: the first run makes it",
                path = path.display()
            );
            report.add(Finding::note(None, CHECK, text));
            places::parent(&path, CHECK, report);
            return;
        }
        Err(error) => return report.add(Finding::of_error(None, CHECK, &error.into())),
    };
    if let Some(writer) = ledger_writer(&path) {
        let text = say!(
            "{path} is in use by {writer}",
            path = path.display(),
            writer
        );
        report.add(Finding::note(None, CHECK, text).advice(say!(
            "another run with it is refused until that one ends; looking at it goes on"
        )));
    }
    if let Err(error) = look(&store, flag.is_some(), report) {
        report.add(Finding::of_error(None, CHECK, &error));
    }
}

fn look(store: &Store, is_named: bool, report: &mut Report<'_>) -> Result<(), CliError> {
    let shown = store.path().display();
    let counts = store.counts()?;
    let all: u64 = counts.iter().map(|count| count.orders).sum();
    // Every page and every row: damage is there long before somebody meets it.
    store.check()?;
    let text = match store.kind() {
        LedgerKind::Real => say!(
            "{path} is whole and holds {all} real orders",
            path = shown,
            all
        ),
        LedgerKind::Simulated => {
            say!(
                "{path} is whole and holds {all} simulated orders",
                path = shown,
                all
            )
        }
    };
    if store.kind() == LedgerKind::Simulated && !is_named {
        report.add(
            Finding::problem(Kind::Usage, None, CHECK, text).advice(say!(
                "simulated and real orders never share a ledger: name another file as `ledger`"
            )),
        );
    } else {
        report.add(Finding::ok(None, CHECK, text));
    }
    if let Some(to) = store.moved_to()? {
        let text = say!("its orders were moved to the cluster {to}", to);
        report.add(
            Finding::note(None, CHECK, text)
                .advice(say!("`jindiao cluster` orders there; name another file with --ledger for orders of this machine")),
        );
    }
    let of = |state| -> u64 {
        let counts = counts.iter().filter(|count| count.state == state);
        counts.map(|count| count.orders).sum()
    };
    let waiting = [
        (
            StateName::Uncertain,
            say!(
                "{n} orders may have been placed, and wait for a decision",
                n = of(StateName::Uncertain)
            ),
            say!("`jindiao orders --state uncertain` lists them; `jindiao resolve` decides"),
        ),
        (
            StateName::Held,
            say!(
                "{n} orders wait for their account to be mended",
                n = of(StateName::Held)
            ),
            say!("`jindiao orders --state held` says what the vendor answered"),
        ),
    ];
    for (state, what, advice) in waiting {
        match of(state) {
            0 => {}
            _ => report.add(Finding::warning(None, CHECK, what).advice(advice)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;
    use super::*;
    use crate::clock;

    fn of(path: &Path) -> String {
        told(|report| examine(Some(path), None, report))
    }

    #[test]
    fn ledgers_in_every_state() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.db");
        let check = |path: &Path, expect: &[&str]| {
            let text = of(path);
            for part in expect {
                assert!(text.contains(part), "{part}: {text}");
            }
        };
        check(&path, &["note     ledger: ", "is not there yet"]);
        let store = Store::open(&path, LedgerKind::Simulated, clock::now()).expect("a ledger");
        let mine = format!("is in use by jindiao, process {}", std::process::id());
        check(&path, &["is whole and holds 0 simulated orders", &mine]);
        drop(store);
        assert!(!of(&path).contains("in use"), "{}", of(&path));
        let other = folder.path().join("other.db");
        std::fs::write(&other, "no ledger at all").expect("a file");
        check(&other, &["problem  ledger: ", "\n         -> "]);
        // Its first page is whole, what comes after is not.
        let mut bytes = std::fs::read(&path).expect("a ledger");
        let end = bytes.len();
        bytes[4096..end].fill(0xa5);
        std::fs::write(&other, bytes).expect("a file");
        check(&other, &["problem  ledger: "]);
    }
}
