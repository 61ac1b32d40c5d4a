//! What can go wrong with an object store, without a word that may be signed.

use std::fmt;
use std::io;

use jindiao_words::{Message, Say, again, say};
use opendal::ErrorKind;

use super::StoreConfigError;
use super::transport::NOT_ANSWERED;

/// An object store does not do what it is asked for. Its text is one line, names the store and what
/// to do, and shows nothing that is secret or signed.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    store: String,
    detail: String,
}

/// The kinds of [`StoreError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The settings make no store.
    Config,
    /// It was not reached, or did not answer.
    Unreachable,
    /// It refuses the credentials, or what they are asked for.
    Refused,
    /// There is no such bucket.
    NoBucket,
    /// It has too much to do, or is broken for the moment.
    Busy,
    /// There is something else under the report's name, which is not overwritten.
    Occupied,
    /// What it gives back is not what was put there.
    Damaged,
    /// There is nothing under this name.
    Missing,
    /// The folder on this machine where reports wait for the store cannot be used.
    Spool,
    /// It answered with what nobody expected.
    Unexpected,
}

impl StoreError {
    /// The kind.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Whether another try soon may do.
    pub(super) fn is_passing(&self) -> bool {
        matches!(
            self.kind,
            StoreErrorKind::Unreachable | StoreErrorKind::Busy
        )
    }

    pub(super) fn new(kind: StoreErrorKind, store: &str, detail: impl Into<String>) -> Self {
        Self {
            kind,
            store: store.to_owned(),
            detail: detail.into(),
        }
    }

    pub(super) fn config(store: &str, error: StoreConfigError) -> Self {
        Self::new(StoreErrorKind::Config, store, error.to_string())
    }

    pub(super) fn spool(store: &str, error: &io::Error) -> Self {
        Self::new(StoreErrorKind::Spool, store, error.to_string())
    }

    /// What the library says, in our words: its own may show what was signed.
    pub(super) fn of(store: &str, error: &opendal::Error) -> Self {
        use StoreErrorKind as Kind;
        let code = code(error.message()).map_or(String::new(), |code| format!(" ({code})"));
        let answered = error.message().strip_prefix(NOT_ANSWERED);
        let (kind, detail) = match error.kind() {
            _ if let Some(why) = answered => (Kind::Unreachable, why.to_owned()),
            ErrorKind::PermissionDenied => (Kind::Refused, code),
            ErrorKind::ConfigInvalid => (Kind::NoBucket, code),
            // Only objects are looked for where a bucket is known to be.
            ErrorKind::NotFound => (Kind::Missing, code),
            ErrorKind::RateLimited => (Kind::Busy, code),
            ErrorKind::ConditionNotMatch | ErrorKind::AlreadyExists => (Kind::Occupied, code),
            _ if error.is_temporary() => (Kind::Busy, code),
            other => (Kind::Unexpected, format!(" ({other}{code})")),
        };
        Self::new(kind, store, detail)
    }
}

impl Say for StoreError {
    fn say(&self) -> Message {
        use StoreErrorKind as Kind;
        let Self {
            kind,
            store,
            detail,
        } = self;
        match kind {
            Kind::Config => again(detail),
            Kind::Unreachable => say!(
                "the object store {store} does not answer: {detail}",
                store,
                detail = again(detail)
            ),
            Kind::Spool => say!(
                "the folder where reports wait for {store} cannot be used: {detail}",
                store,
                detail = again(detail)
            ),
            Kind::Refused => say!(
                "the object store {store} refuses{detail}: check the credentials, the region, this machine's clock, and that reading, writing and deleting are allowed under the prefix",
                store,
                detail
            ),
            Kind::NoBucket => say!(
                "the object store {store} has no such bucket{detail}: make it, or check its name, region and endpoint",
                store,
                detail
            ),
            Kind::Busy => say!(
                "the object store {store} is not able to{detail}: it is tried again",
                store,
                detail
            ),
            Kind::Occupied => say!(
                "the object store {store} has something else under the name {detail}, which is not overwritten: move it away",
                store,
                detail
            ),
            Kind::Damaged => say!(
                "the object store {store} does not give back what was put there: {detail}",
                store,
                detail
            ),
            Kind::Missing => say!(
                "the object store {store} has no such object{detail}",
                store,
                detail
            ),
            Kind::Unexpected => say!(
                "the object store {store} answered with what is not known{detail}",
                store,
                detail
            ),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for StoreError {}

/// The service's own word for what is wrong, from a message that shows more than that.
fn code(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("code: \"")?;
    let (code, _) = rest.split_once('"')?;
    let is_code = (1..=64).contains(&code.len())
        && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    is_code.then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_what_was_signed_is_shown() {
        let said = "S3Error { code: \"SignatureDoesNotMatch\", message: \"The request signature FAKE\", resource: \"\", request_id: \"\" }";
        let error = opendal::Error::new(ErrorKind::PermissionDenied, said)
            .with_context("uri", "https://b.invalid/?X-Amz-Signature=FAKE");
        let error = StoreError::of("s3://b", &error);
        assert_eq!(error.kind(), StoreErrorKind::Refused);
        let shown = format!("{error} {error:?}");
        assert!(
            shown.contains("refuses (SignatureDoesNotMatch): check"),
            "{shown}"
        );
        assert!(!shown.contains("FAKE"), "{shown}");
        assert_eq!(code("code: \"a\\nb\""), None);
        assert_eq!(code("<html>"), None);
    }
}
