//! What can be wrong with a ledger.

use std::fmt;
use std::path::{Path, PathBuf};

use jindiao_words::{Message, Say, again, say};

/// Why the ledger cannot be used. Its one-line `Display` says what is wrong with which file.
#[derive(Debug)]
pub struct LedgerError {
    kind: LedgerErrorKind,
    path: PathBuf,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The kinds of [`LedgerError`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LedgerErrorKind {
    /// There is no such file.
    Missing,
    /// The file is something else than a ledger.
    NotALedger,
    /// A newer program wrote it.
    Newer {
        /// Its version.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// It holds the other kind of orders: simulated ones where real ones are wanted, or the
    /// reverse.
    OtherKind {
        /// Whether it is a simulated ledger.
        simulated: bool,
    },
    /// Its orders were moved to a cluster, or it is a copy of them: it orders nothing any more.
    Moved {
        /// The cluster's id.
        to: String,
    },
    /// Another process uses it.
    InUse {
        /// What that process wrote about itself.
        holder: String,
    },
    /// The file is damaged.
    Damaged,
    /// The disk is full.
    DiskFull,
    /// The file or its folder cannot be read or written.
    Access,
    /// No order has this id, or it is the beginning of none.
    NoSuchOrder,
    /// More than one order's id begins like this.
    Ambiguous,
    /// A person's decision does not fit the order.
    Verdict,
    /// Anything else that SQLite reports.
    Other,
}

impl LedgerError {
    pub(crate) fn new(kind: LedgerErrorKind, path: &Path) -> Self {
        Self {
            kind,
            path: path.to_owned(),
            source: None,
        }
    }

    pub(crate) fn because(
        kind: LedgerErrorKind,
        path: &Path,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self {
            kind,
            path: path.to_owned(),
            source: Some(Box::new(source)),
        }
    }

    pub(crate) fn sqlite(path: &Path, error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => LedgerErrorKind::NotALedger,
            Some(ErrorCode::DatabaseCorrupt) => LedgerErrorKind::Damaged,
            Some(ErrorCode::DiskFull) => LedgerErrorKind::DiskFull,
            Some(
                ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::SystemIoFailure,
            ) => LedgerErrorKind::Access,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LedgerErrorKind::InUse {
                holder: "another process".to_owned(),
            },
            _ => LedgerErrorKind::Other,
        };
        Self::because(kind, path, error)
    }

    /// The kind.
    pub fn kind(&self) -> &LedgerErrorKind {
        &self.kind
    }

    /// What a person can do about it, in a sentence.
    pub fn hint(&self) -> Option<Message> {
        Some(match &self.kind {
            LedgerErrorKind::Missing => {
                say!("name the ledger with --ledger, or order something first")
            }
            LedgerErrorKind::NotALedger => {
                say!("name another file with --ledger; this one is left as it is")
            }
            LedgerErrorKind::Newer { .. } => {
                say!("use the newer jindiao that wrote it; nothing was changed")
            }
            LedgerErrorKind::OtherKind { .. } => {
                say!(
                    "simulated and real orders never share a ledger: name another file with --ledger"
                )
            }
            LedgerErrorKind::Moved { .. } => say!(
                "order with `jindiao cluster submit`, or name another ledger with --ledger; this one can be looked at only"
            ),
            LedgerErrorKind::InUse { .. } => {
                say!("wait for the other run, or end it, and try again")
            }
            LedgerErrorKind::Damaged => say!(
                "keep the file, restore a copy, and do not start a new ledger: it would not know what was paid"
            ),
            LedgerErrorKind::DiskFull => {
                say!("free some space and run the same command again")
            }
            LedgerErrorKind::Access => {
                say!("check the folder's permissions and that the disk is not full")
            }
            LedgerErrorKind::NoSuchOrder => say!("`jindiao orders` lists the ids"),
            LedgerErrorKind::Ambiguous => say!("give more characters of the id"),
            LedgerErrorKind::Verdict | LedgerErrorKind::Other => return None,
        })
    }
}

impl Say for LedgerError {
    fn say(&self) -> Message {
        let path = self.path.display();
        match &self.kind {
            LedgerErrorKind::Missing => say!("there is no ledger {path}", path),
            LedgerErrorKind::NotALedger => say!("{path} is not a ledger of jindiao", path),
            LedgerErrorKind::Newer { found, known } => say!(
                "the ledger {path} has version {found}, this program knows up to {known}",
                path,
                found,
                known
            ),
            LedgerErrorKind::OtherKind { simulated: true } => say!(
                "the ledger {path} holds simulated orders, and real ones were asked for",
                path
            ),
            LedgerErrorKind::OtherKind { simulated: false } => say!(
                "the ledger {path} holds real orders, and simulated ones were asked for",
                path
            ),
            LedgerErrorKind::Moved { to } => {
                say!(
                    "the orders of the ledger {path} are in the cluster {to}",
                    path,
                    to
                )
            }
            // Whoever holds it wrote that down in English.
            LedgerErrorKind::InUse { holder } => {
                say!(
                    "the ledger {path} is in use by {holder}",
                    path,
                    holder = again(holder)
                )
            }
            LedgerErrorKind::Damaged => say!("the ledger {path} is damaged", path),
            LedgerErrorKind::DiskFull => {
                say!(
                    "the disk is full, the ledger {path} cannot be written",
                    path
                )
            }
            LedgerErrorKind::Access => {
                say!("the ledger {path} cannot be read or written", path)
            }
            LedgerErrorKind::NoSuchOrder => say!("no such order in {path}", path),
            LedgerErrorKind::Ambiguous => say!(
                "more than one order in {path} has an id that begins like this",
                path
            ),
            LedgerErrorKind::Verdict => say!("the decision does not fit the order"),
            LedgerErrorKind::Other => say!("the ledger {path} cannot be used", path),
        }
    }
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for LedgerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

#[cfg(test)]
mod tests {
    use jindiao_words::Lang;

    use super::*;

    #[test]
    fn it_is_said_in_chinese_too() {
        let kind = LedgerErrorKind::InUse {
            holder: "jindiao, process 7".to_owned(),
        };
        let error = LedgerError::new(kind, Path::new("a.db"));
        assert_eq!(
            error.to_string(),
            "the ledger a.db is in use by jindiao, process 7"
        );
        let zh = error.say().in_lang(Lang::Zh);
        assert_eq!(zh, "账本 a.db 正被占用：jindiao，进程 7");
        let hint = error.hint().map(|hint| hint.in_lang(Lang::Zh));
        assert_eq!(
            hint.as_deref(),
            Some("请等另一个任务结束，或结束它，然后重试")
        );
    }
}
