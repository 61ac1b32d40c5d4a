//! Which ledger, what its orders cost, and its errors as errors of the program.

use std::path::{Path, PathBuf};

use jindiao_batch::{LedgerError, LedgerErrorKind, LedgerKind, Prices, RunError, Store};
use jindiao_words::{Say, say};

use crate::config::Config;
use crate::error::{CliError, Kind, cause};
use crate::output::note;

/// The ledger of real orders where nothing is said.
const REAL: &str = "jindiao.db";
/// The ledger of simulated orders where nothing is said.
const SIMULATED: &str = "jindiao-simulated.db";

/// The kind of ledger that has these orders.
pub(crate) fn kind(is_simulated: bool) -> LedgerKind {
    match is_simulated {
        true => LedgerKind::Simulated,
        false => LedgerKind::Real,
    }
}

/// Simulated vendors cost what is assumed: what the user pays the real ones is not theirs.
pub(crate) fn prices(config: &Config, kind: LedgerKind) -> Prices {
    match kind {
        LedgerKind::Simulated => Prices::default(),
        LedgerKind::Real => config.prices.clone(),
    }
}

/// The ledger that a command is about: `flag`, else what the configuration names, else the usual
/// one. The configuration names the ledger of real orders, never that of simulated ones.
pub(crate) fn path(flag: Option<&Path>, config: &Config, kind: LedgerKind) -> PathBuf {
    match (flag, kind) {
        (Some(path), _) => path.to_owned(),
        (None, LedgerKind::Simulated) => PathBuf::from(SIMULATED),
        (None, LedgerKind::Real) => config.ledger.clone().unwrap_or_else(|| PathBuf::from(REAL)),
    }
}

/// Opens the ledger for looking at it.
pub(crate) fn view(flag: Option<&Path>, config: &Config) -> Result<Store, CliError> {
    let path = path(flag, config, LedgerKind::Real);
    Store::view(&path).map_err(|error| {
        let is_missing = *error.kind() == LedgerErrorKind::Missing;
        let beside = path.with_file_name(SIMULATED);
        let error = CliError::from(error);
        if is_missing && beside.exists() {
            error.hint(say!(
                "the ledger of simulated orders is there: --ledger {path}",
                path = beside.display()
            ))
        } else {
            error
        }
    })
}

/// That a file to be written is not the ledger: nothing else would know what was paid for.
pub(crate) fn spare(store: &Store, path: &Path) -> Result<(), CliError> {
    match (path.canonicalize(), store.path().canonicalize()) {
        (Ok(file), Ok(ledger)) if file == ledger => Err(CliError::usage(say!(
            "{path} is the ledger: name another file",
            path = path.display()
        ))),
        _ => Ok(()),
    }
}

/// Says so where the ledger is on another machine: locks may lie there.
pub(crate) fn note_network(path: &Path) {
    let place = match jindiao_batch::network_file_system(path) {
        None => return,
        Some("FUSE") => say!("on FUSE, which may be a folder of another machine"),
        Some(name) => say!("in a network folder ({name})", name),
    };
    note(say!(
        "note: the ledger {path} is {place}: two machines may both believe that they alone write it; keep it on a disk of this machine (--ledger FILE)",
        path = path.display(),
        place
    ));
}

/// The flag that names the ledger of `store` in a command for the user to type; empty where the
/// command finds it by itself.
pub(crate) fn flag(store: &Store, config: &Config) -> String {
    if store.path() == path(None, config, LedgerKind::Real) {
        String::new()
    } else {
        format!(" --ledger {}", quoted(&store.path().display().to_string()))
    }
}

impl From<LedgerError> for CliError {
    fn from(error: LedgerError) -> Self {
        let kind = match error.kind() {
            LedgerErrorKind::DiskFull | LedgerErrorKind::Other => Kind::NotStored,
            _ => Kind::Usage,
        };
        let mut told = Self::new(kind, error.say());
        if let Some(hint) = error.hint() {
            told = told.hint(hint);
        }
        // Its own line stands already; only what caused it is new.
        match std::error::Error::source(&error).map(cause) {
            Some(why) => told.because(why),
            None => told,
        }
    }
}

impl From<RunError> for CliError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Ledger(error) => error.into(),
            error => Self::new(Kind::NotStored, say!("the run could not go on"))
                .because(error)
                .hint(say!("everything that was ordered is in the ledger; the same command goes on from there")),
        }
    }
}

/// A path as a shell takes it for one word.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    #[test]
    fn which_ledger() {
        let environment = [("JINDIAO_LEDGER".to_owned(), "mine.db".to_owned())].into();
        let load = |sources: &Sources| {
            Config::load(sources)
                .map_err(|error| error.report())
                .expect("a configuration")
                .0
        };
        let (plain, named) = (
            load(&Sources::default()),
            load(&Sources {
                environment,
                ..Sources::default()
            }),
        );
        let check = |flag: Option<&str>, config, kind, expect: &str| {
            assert_eq!(
                path(flag.map(Path::new), config, kind),
                PathBuf::from(expect)
            );
        };
        check(None, &plain, LedgerKind::Real, "jindiao.db");
        check(None, &named, LedgerKind::Real, "mine.db");
        check(None, &named, LedgerKind::Simulated, "jindiao-simulated.db");
        check(Some("this.db"), &named, LedgerKind::Real, "this.db");
        check(Some("this.db"), &named, LedgerKind::Simulated, "this.db");
    }

    #[test]
    fn the_ledger_is_not_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("jindiao.db");
        let store = Store::open(&path, LedgerKind::Simulated, crate::clock::now());
        let store = store.expect("a ledger");
        let other = folder.path().join("books.csv");
        assert!(spare(&store, &other).is_ok(), "not there yet");
        std::fs::write(&other, "").expect("a file");
        assert!(spare(&store, &other).is_ok());
        let error = spare(&store, &folder.path().join(".").join("jindiao.db"));
        let told = error.expect_err("the ledger").told();
        let expect = format!(
            "错误：{} 是账本：请另取文件名",
            folder.path().join("./jindiao.db").display()
        );
        assert_eq!(told.in_lang(jindiao_words::Lang::Zh), expect);
    }

    #[test]
    fn words_for_a_shell() {
        assert_eq!(quoted("a/b-c.db"), "a/b-c.db");
        assert_eq!(quoted("my ledger's.db"), r"'my ledger'\''s.db'");
    }
}
