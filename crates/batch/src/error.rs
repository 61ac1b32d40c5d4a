//! What can be wrong with a ledger.

use std::fmt;
use std::path::{Path, PathBuf};

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
    pub fn hint(&self) -> Option<&'static str> {
        Some(match &self.kind {
            LedgerErrorKind::Missing => "name the ledger with --ledger, or order something first",
            LedgerErrorKind::NotALedger => {
                "name another file with --ledger; this one is left as it is"
            }
            LedgerErrorKind::Newer { .. } => {
                "use the newer jindiao that wrote it; nothing was changed"
            }
            LedgerErrorKind::OtherKind { .. } => {
                "simulated and real orders never share a ledger: name another file with --ledger"
            }
            LedgerErrorKind::Moved { .. } => {
                "order with `jindiao cluster submit`, or name another ledger with --ledger; this one can be looked at only"
            }
            LedgerErrorKind::InUse { .. } => "wait for the other run, or end it, and try again",
            LedgerErrorKind::Damaged => {
                "keep the file, restore a copy, and do not start a new ledger: it would not know what was paid"
            }
            LedgerErrorKind::DiskFull => "free some space and run the same command again",
            LedgerErrorKind::Access => {
                "check the folder's permissions and that the disk is not full"
            }
            LedgerErrorKind::NoSuchOrder => "`jindiao orders` lists the ids",
            LedgerErrorKind::Ambiguous => "give more characters of the id",
            LedgerErrorKind::Verdict | LedgerErrorKind::Other => return None,
        })
    }
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.kind {
            LedgerErrorKind::Missing => write!(f, "there is no ledger {path}"),
            LedgerErrorKind::NotALedger => write!(f, "{path} is not a ledger of jindiao"),
            LedgerErrorKind::Newer { found, known } => write!(
                f,
                "the ledger {path} has version {found}, this program knows up to {known}"
            ),
            LedgerErrorKind::OtherKind { simulated: true } => {
                write!(
                    f,
                    "the ledger {path} holds simulated orders, and real ones were asked for"
                )
            }
            LedgerErrorKind::OtherKind { simulated: false } => {
                write!(
                    f,
                    "the ledger {path} holds real orders, and simulated ones were asked for"
                )
            }
            LedgerErrorKind::Moved { to } => {
                write!(f, "the orders of the ledger {path} are in the cluster {to}")
            }
            LedgerErrorKind::InUse { holder } => {
                write!(f, "the ledger {path} is in use by {holder}")
            }
            LedgerErrorKind::Damaged => write!(f, "the ledger {path} is damaged"),
            LedgerErrorKind::DiskFull => {
                write!(f, "the disk is full, the ledger {path} cannot be written")
            }
            LedgerErrorKind::Access => write!(f, "the ledger {path} cannot be read or written"),
            LedgerErrorKind::NoSuchOrder => write!(f, "no such order in {path}"),
            LedgerErrorKind::Ambiguous => write!(
                f,
                "more than one order in {path} has an id that begins like this"
            ),
            LedgerErrorKind::Verdict => f.write_str("the decision does not fit the order"),
            LedgerErrorKind::Other => write!(f, "the ledger {path} cannot be used"),
        }
    }
}

impl std::error::Error for LedgerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
