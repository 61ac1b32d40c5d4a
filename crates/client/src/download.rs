//! Fetches a report from a link that will die, and keeps it only if it is one.

use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

use jindiao_protocol::{FileKind, Link};

use crate::{AddressPolicy, Client, TransportError};

/// How large and how slow a download may be, and where it may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DownloadLimits {
    max_bytes: u64,
    total: Duration,
    idle: Duration,
    addresses: AddressPolicy,
}

impl Default for DownloadLimits {
    /// 512 MiB, ten minutes, 30 s without progress, the public internet.
    fn default() -> Self {
        Self {
            max_bytes: 512 * 1024 * 1024,
            total: Duration::from_secs(600),
            idle: Duration::from_secs(30),
            addresses: AddressPolicy::PUBLIC,
        }
    }
}

impl DownloadLimits {
    /// No file is larger than this, in bytes.
    #[must_use]
    pub fn with_max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// The whole download, redirects and resumption included, takes no longer.
    #[must_use]
    pub fn with_total(mut self, limit: Duration) -> Self {
        self.total = limit;
        self
    }

    /// So much time may pass without progress. Progress is the head of the reply, its end, or 4 KiB
    /// more of its body: a sender of one byte a second makes none.
    #[must_use]
    pub fn with_idle(mut self, limit: Duration) -> Self {
        self.idle = limit;
        self
    }

    /// Where links and their redirects may lead.
    #[must_use]
    pub fn with_addresses(mut self, policy: AddressPolicy) -> Self {
        self.addresses = policy;
        self
    }
}

/// A report that is safely on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredFile {
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256 digest.
    pub sha256: [u8; 32],
}

impl StoredFile {
    /// The digest in lower-case hex.
    pub fn sha256_hex(&self) -> String {
        hex::encode(self.sha256)
    }
}

/// Why a report was not downloaded. Its text shows no query of an address.
#[derive(Debug)]
pub struct DownloadError(Box<Problem>);

/// The kinds of [`DownloadError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DownloadErrorKind {
    /// The link is dead: known to have expired, or the host says so. A fresh one is needed.
    LinkDead,
    /// The link or a redirect leads where downloads must not go.
    Refused,
    /// The host answered with a failure that does not say that the link is dead.
    Status,
    /// The file is larger than allowed.
    TooLarge,
    /// A web page or an error document came instead of a report.
    Page,
    /// The file is no report of the expected kind.
    WrongKind,
    /// Nothing came, or less than was announced. What came is kept for the next try.
    Truncated,
    /// It took too long. What came is kept for the next try.
    Slow,
    /// The host was not reached, or the connection broke. What came is kept for the next try.
    Network,
    /// Another download writes to the same file.
    Busy,
    /// The file could not be written.
    Disk,
}

#[derive(Debug)]
enum Problem {
    Other(DownloadErrorKind, String),
    Status(DownloadErrorKind, u16),
    Network(TransportError),
    Disk(io::Error),
}

impl DownloadError {
    fn new(kind: DownloadErrorKind, text: impl Into<String>) -> Self {
        Self(Box::new(Problem::Other(kind, text.into())))
    }

    /// The kind.
    pub fn kind(&self) -> DownloadErrorKind {
        match &*self.0 {
            Problem::Other(kind, _) | Problem::Status(kind, _) => *kind,
            Problem::Network(_) => DownloadErrorKind::Network,
            Problem::Disk(_) => DownloadErrorKind::Disk,
        }
    }

    /// Whether a fresh link is needed: this one will not work again.
    pub fn is_link_dead(&self) -> bool {
        self.kind() == DownloadErrorKind::LinkDead
    }

    /// Whether the trouble is on this machine's disk, and not with the link or the network.
    pub fn is_disk(&self) -> bool {
        self.kind() == DownloadErrorKind::Disk
    }

    /// Whether the same link may well work if it is tried again.
    pub fn may_retry(&self) -> bool {
        match &*self.0 {
            Problem::Status(DownloadErrorKind::Status, status) => {
                matches!(status, 408 | 425 | 429 | 500..=599)
            }
            _ => matches!(
                self.kind(),
                DownloadErrorKind::Page
                    | DownloadErrorKind::Truncated
                    | DownloadErrorKind::Slow
                    | DownloadErrorKind::Network
                    | DownloadErrorKind::Busy
            ),
        }
    }

    /// What the disk said.
    pub fn io_error(&self) -> Option<&io::Error> {
        match &*self.0 {
            Problem::Disk(error) => Some(error),
            _ => None,
        }
    }

    /// The HTTP status, where that is the failure.
    pub fn http_status(&self) -> Option<u16> {
        match &*self.0 {
            Problem::Status(_, status) => Some(*status),
            _ => None,
        }
    }
}

impl fmt::Display for DownloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Problem::Other(_, text) => f.write_str(text),
            Problem::Status(_, status) => write!(f, "HTTP {status}"),
            Problem::Network(error) => error.fmt(f),
            Problem::Disk(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for DownloadError {}

impl Client {
    /// Downloads the report behind `link` to `target`, whose folder is created where it is
    /// missing. A file that is there already is replaced.
    ///
    /// # Errors
    /// See [`DownloadErrorKind`].
    pub async fn download(
        &self,
        link: &Link,
        target: &Path,
        expect: FileKind,
        limits: &DownloadLimits,
    ) -> Result<StoredFile, DownloadError> {
        let _ = (link, target, expect, limits);
        Err(DownloadError::new(
            DownloadErrorKind::Refused,
            "not built yet",
        ))
    }
}
