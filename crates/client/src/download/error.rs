//! Why a report was not downloaded.

use std::fmt;
use std::io;

use ::http::StatusCode;
use jindiao_words::{Message, Say, say};

use crate::part::PartError;
use crate::{TransportError, TransportErrorKind};

/// Why a report was not downloaded. Its text shows no query of an address.
#[derive(Debug)]
pub struct DownloadError(Box<Problem>);

/// The kinds of [`DownloadError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DownloadErrorKind {
    /// The link is dead, as its host says. A fresh one is needed.
    LinkDead,
    /// The link or a redirect leads where downloads must not go.
    Refused,
    /// The link or a redirect leads to a host that is none of those that were named.
    ForeignHost,
    /// The host answered with a failure that does not say that the link is dead.
    Status,
    /// The file is larger than allowed.
    TooLarge,
    /// A web page or an error document came instead of a report.
    Page,
    /// The file is no report of the expected kind. It is kept beside the target, with `.rejected`
    /// behind its name: it may be what was paid for.
    WrongKind,
    /// Nothing came, or less than was announced. What came is kept for the next try.
    Truncated,
    /// It took too long. What came is kept for the next try.
    Slow,
    /// The host was not reached, or the connection broke. What came is kept for the next try.
    Network,
    /// Another download writes to the same file.
    Busy,
    /// The file could not be written, or there is no room for it.
    Disk,
}

#[derive(Debug)]
enum Problem {
    Other(DownloadErrorKind, Message),
    /// The address is none of the public internet.
    Address(Message),
    Status(DownloadErrorKind, u16),
    Network(TransportError),
    Disk(io::Error),
    NoRoom {
        needed: u64,
        free: u64,
    },
}

impl DownloadError {
    pub(super) fn disk(error: io::Error) -> Self {
        Self(Box::new(Problem::Disk(error)))
    }

    pub(super) fn network(error: TransportError) -> Self {
        if error.kind() == TransportErrorKind::Address {
            return Self::address(error.say());
        }
        Self(Box::new(Problem::Network(error)))
    }

    pub(super) fn address(text: Message) -> Self {
        Self(Box::new(Problem::Address(text)))
    }

    pub(super) fn status(status: StatusCode) -> Self {
        let kind = match status.as_u16() {
            // Stores answer 403 to a signature that has expired (Alibaba OSS, Tencent COS, S3),
            // and S3 400 to expired credentials; what is gone is 404 or 410.
            400 | 401 | 403 | 404 | 410 => DownloadErrorKind::LinkDead,
            _ => DownloadErrorKind::Status,
        };
        Self(Box::new(Problem::Status(kind, status.as_u16())))
    }

    pub(super) fn new(kind: DownloadErrorKind, text: Message) -> Self {
        Self(Box::new(Problem::Other(kind, text)))
    }

    pub(super) fn no_room(needed: u64, free: u64) -> Self {
        Self(Box::new(Problem::NoRoom { needed, free }))
    }

    /// The file is larger than `most` bytes.
    pub(super) fn too_large(most: u64) -> Self {
        Self::new(
            DownloadErrorKind::TooLarge,
            say!("the file is larger than {n} bytes", n = most),
        )
    }

    /// It broke off after so many bytes, of so many if that is known.
    pub(super) fn truncated(bytes: u64, total: Option<u64>) -> Self {
        let text = match total {
            Some(total) => say!(
                "the download broke off after {bytes} of {total} bytes",
                bytes,
                total
            ),
            None => say!("the download broke off after {bytes} bytes", bytes),
        };
        Self::new(DownloadErrorKind::Truncated, text)
    }

    /// The kind.
    pub fn kind(&self) -> DownloadErrorKind {
        match &*self.0 {
            Problem::Other(kind, _) | Problem::Status(kind, _) => *kind,
            Problem::Address(_) => DownloadErrorKind::Refused,
            Problem::Network(_) => DownloadErrorKind::Network,
            Problem::Disk(_) | Problem::NoRoom { .. } => DownloadErrorKind::Disk,
        }
    }

    /// Whether a fresh link is needed: this one will not work again.
    pub fn is_link_dead(&self) -> bool {
        self.kind() == DownloadErrorKind::LinkDead
    }

    /// Whether the link leads to an address that is not on the public internet, which an
    /// [`AddressPolicy`](crate::AddressPolicy) may allow.
    pub fn is_private_address(&self) -> bool {
        matches!(*self.0, Problem::Address(_))
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

    /// Whether what came so far is worth keeping.
    pub(super) fn keeps_part(&self) -> bool {
        matches!(
            self.kind(),
            DownloadErrorKind::Truncated | DownloadErrorKind::Slow | DownloadErrorKind::Network
        )
    }

    /// Whether nothing more fits onto the disk.
    pub fn is_disk_full(&self) -> bool {
        match &*self.0 {
            Problem::NoRoom { .. } => true,
            Problem::Disk(error) => matches!(
                error.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
            ),
            _ => false,
        }
    }

    /// What the disk said, where it was asked to write.
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

impl Say for DownloadError {
    fn say(&self) -> Message {
        match &*self.0 {
            Problem::Other(_, text) | Problem::Address(text) => text.clone(),
            Problem::Status(kind, status) => {
                let status = match StatusCode::from_u16(*status) {
                    Ok(status) => status.to_string(),
                    Err(_) => status.to_string(),
                };
                if *kind == DownloadErrorKind::LinkDead {
                    say!(
                        "the link's host answered HTTP {status}: the link is dead, a fresh one is needed",
                        status
                    )
                } else {
                    say!("the link's host answered HTTP {status}", status)
                }
            }
            Problem::Network(error) => say!("the download broke off: {error}", error),
            Problem::NoRoom { needed, free } => say!(
                "the disk is full: {needed} bytes are needed, and {free} are free; free some space",
                needed,
                free
            ),
            Problem::Disk(error) => match error.kind() {
                io::ErrorKind::StorageFull => say!("the disk is full: free some space"),
                io::ErrorKind::QuotaExceeded => say!("the disk quota is used up"),
                io::ErrorKind::ReadOnlyFilesystem => {
                    say!("the output folder is on a read-only file system")
                }
                io::ErrorKind::PermissionDenied => {
                    say!("no permission to write into the output folder")
                }
                _ => say!("the report could not be written: {error}", error),
            },
        }
    }
}

impl fmt::Display for DownloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for DownloadError {}

impl From<PartError> for DownloadError {
    fn from(error: PartError) -> Self {
        match error {
            PartError::Busy => Self::new(
                DownloadErrorKind::Busy,
                say!("another download is writing to the same file"),
            ),
            PartError::Disk(error) => Self::disk(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disks_trouble_is_named() {
        let check = |kind: io::ErrorKind, full: bool, text: &str| {
            let error = DownloadError::disk(kind.into());
            assert!(error.is_disk() && !error.may_retry());
            assert_eq!(error.is_disk_full(), full, "{error}");
            assert!(error.to_string().contains(text), "{error}");
        };
        check(io::ErrorKind::StorageFull, true, "disk is full");
        check(io::ErrorKind::QuotaExceeded, true, "quota");
        check(io::ErrorKind::ReadOnlyFilesystem, false, "read-only");
        check(io::ErrorKind::PermissionDenied, false, "permission");
    }
}
