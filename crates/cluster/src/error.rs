//! What can go wrong between this program and a cluster.

use std::fmt;

use jindiao_words::{Message, Say};

/// Why a cluster could not be used. Its one-line `Display` says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterError {
    kind: ClusterErrorKind,
    text: Message,
    /// Whether the server said so only since not every part of it is where it belongs yet.
    is_settling: bool,
}

/// The kinds of [`ClusterError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClusterErrorKind {
    /// The server does not answer.
    NotThere,
    /// The server, or what it holds, is of a version that this program does not know.
    Version,
    /// The server holds nothing, though it should.
    Empty,
    /// The server holds another cluster.
    Other,
    /// The server cannot reach the worker.
    Unreachable,
    /// The request or the worker's configuration does not fit what the cluster holds.
    Refused,
    /// There is no such order.
    NoSuchOrder,
    /// The address to listen on cannot be had.
    Listen,
    /// The server answered with something else than was expected.
    Unexpected,
}

impl ClusterError {
    pub(crate) fn new(kind: ClusterErrorKind, text: Message) -> Self {
        Self {
            kind,
            text,
            is_settling: false,
        }
    }

    /// The same, said by a server that is settling, or not.
    pub(crate) fn while_settling(self, is_settling: bool) -> Self {
        Self {
            is_settling,
            ..self
        }
    }

    pub(crate) fn is_settling(&self) -> bool {
        self.is_settling
    }

    /// What went wrong.
    pub fn kind(&self) -> ClusterErrorKind {
        self.kind
    }

    /// Whether the same may work later without anybody doing anything.
    pub fn is_passing(&self) -> bool {
        self.kind == ClusterErrorKind::NotThere
    }
}

impl Say for ClusterError {
    fn say(&self) -> Message {
        self.text.clone()
    }
}

impl fmt::Display for ClusterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl std::error::Error for ClusterError {}
