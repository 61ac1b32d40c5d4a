//! What carries a request: bring your own, or take [`HttpTransport`](crate::HttpTransport).

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use jindiao_protocol::{Delivery, Effect};
use jindiao_words::{Message, Say, again, say};

use crate::{AddressPolicy, Gate};

/// A future that a trait object gives.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Carries one request and its reply. Follows no redirects, keeps no cookies, repeats nothing.
///
/// What makes it more than an HTTP client is the promise in [`TransportError::delivery`]:
/// [`Delivery::NeverSent`] is said only when no byte of the request can have left.
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Sends `request` and collects the whole reply.
    ///
    /// Any HTTP status is a reply and no error.
    fn send(
        &self,
        request: Request<Bytes>,
        terms: SendTerms,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>>;

    /// Sends `request`, a download that carries no credentials, and gives the reply's head with
    /// its body still to come.
    ///
    /// The connection goes only to addresses that `terms.addresses` allows, whatever names resolve
    /// to: the address that is checked is the address that is connected to.
    fn open(
        &self,
        request: Request<()>,
        terms: OpenTerms,
    ) -> BoxFuture<'_, Result<Response<Box<dyn Chunks>>, TransportError>>;
}

/// A body that arrives in pieces.
pub trait Chunks: Send {
    /// The next piece; `None` after the last one.
    ///
    /// A body that ends before its announced length is an error, not an end.
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>>;
}

/// On what terms a request is sent.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SendTerms {
    /// Whether the request may cost money. A `Charge` never travels on a connection that was used
    /// before: such a connection may die just as it is taken up, and nobody could tell whether
    /// the request had left.
    pub effect: Effect,
    /// From connecting to the last byte of the reply.
    pub timeout: Duration,
    /// The longest reply body that is read, in bytes.
    pub max_body: usize,
    /// To be asked right before the first byte leaves.
    pub gate: Gate,
}

impl SendTerms {
    /// The longest reply body that is read unless told otherwise: 1 MiB. The vendors' answers have a
    /// few hundred bytes; one that is made of nothing but names takes twenty times its length while
    /// it is read.
    pub const MAX_BODY: usize = 1024 * 1024;
    /// How long a call may take unless told otherwise. The longest that a vendor states is 10 s
    /// (PatSnap S1).
    pub const TIMEOUT: Duration = Duration::from_secs(15);

    /// The usual terms.
    pub fn new(effect: Effect) -> Self {
        Self {
            effect,
            timeout: Self::TIMEOUT,
            max_body: Self::MAX_BODY,
            gate: Gate::open(),
        }
    }
}

/// On what terms a download is opened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OpenTerms {
    /// Where the connection may go.
    pub addresses: AddressPolicy,
}

impl OpenTerms {
    /// The terms of a download.
    pub fn new(addresses: AddressPolicy) -> Self {
        Self { addresses }
    }
}

/// Why there is no reply. Its text names no query, header or body.
#[derive(Clone, PartialEq, Eq)]
pub struct TransportError(Arc<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    kind: TransportErrorKind,
    delivery: Delivery,
    http_status: Option<u16>,
    detail: String,
}

/// The kinds of [`TransportError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The request cannot be carried at all.
    Unusable,
    /// The name of the host was not resolved.
    Dns,
    /// No connection came to be.
    Connect,
    /// The other side could not prove who it is, or spoke no TLS that we speak.
    Tls,
    /// The address of the host is one that the [`AddressPolicy`] refuses.
    Address,
    /// The [`Gate`] was shut.
    TooLate,
    /// Time ran out.
    Timeout,
    /// The connection broke before the reply was complete.
    Interrupted,
    /// The reply is longer than allowed.
    TooLarge,
}

impl TransportError {
    /// An error of a kind that cannot have sent anything. `detail` must hold no secret.
    ///
    /// Only for what is certain: no byte of the request was handed to the system.
    pub fn never_sent(kind: TransportErrorKind, detail: impl Into<String>) -> Self {
        Self::new(kind, Delivery::NeverSent, detail.into())
    }

    /// An error after which nobody knows whether the request arrived. `detail` must hold no
    /// secret.
    pub fn maybe_sent(kind: TransportErrorKind, detail: impl Into<String>) -> Self {
        Self::new(kind, Delivery::MaybeSent, detail.into())
    }

    /// The gate was shut: nothing was sent.
    pub fn too_late() -> Self {
        Self::never_sent(
            TransportErrorKind::TooLate,
            say!("the permission to send ran out before the request left").to_string(),
        )
    }

    /// With the status of a reply whose body was not read to its end.
    #[must_use]
    pub fn with_http_status(self, status: u16) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.http_status = Some(status);
        Self(Arc::new(inner))
    }

    /// The same error, now that it is certain that there was no connection to send on.
    pub(crate) fn surely_never_sent(self) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.delivery = Delivery::NeverSent;
        if inner.kind == TransportErrorKind::Timeout {
            inner.kind = TransportErrorKind::Connect;
        }
        Self(Arc::new(inner))
    }

    fn new(kind: TransportErrorKind, delivery: Delivery, detail: String) -> Self {
        Self(Arc::new(Inner {
            kind,
            delivery,
            http_status: None,
            detail,
        }))
    }

    /// The kind.
    pub fn kind(&self) -> TransportErrorKind {
        self.0.kind
    }

    /// What is known of the request: `NeverSent` or `MaybeSent`.
    pub fn delivery(&self) -> Delivery {
        self.0.delivery
    }

    /// The status of a reply that broke off, where its head had come.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }
}

impl Say for TransportError {
    fn say(&self) -> Message {
        use TransportErrorKind as Kind;
        let kind = self.0.kind;
        if self.0.detail.is_empty() {
            return match kind {
                Kind::Unusable => say!("the request cannot be carried"),
                Kind::Dns => say!("the host name was not resolved"),
                Kind::Connect => say!("no connection"),
                Kind::Tls => say!("no trusted TLS connection"),
                Kind::Address => say!("refused address"),
                Kind::TooLate => say!("too late"),
                Kind::Timeout => say!("no complete answer in time"),
                Kind::Interrupted => say!("the connection broke"),
                Kind::TooLarge => say!("the reply is too large"),
            };
        }
        // The words of the system stay as they are; ours are in the catalogue.
        let detail = again(&self.0.detail);
        match kind {
            Kind::Unusable => say!("the request cannot be carried: {detail}", detail),
            Kind::Dns => say!("the host name was not resolved: {detail}", detail),
            Kind::Connect => say!("no connection: {detail}", detail),
            Kind::Tls => say!("no trusted TLS connection: {detail}", detail),
            Kind::Address => say!("refused address: {detail}", detail),
            Kind::TooLate => say!("too late: {detail}", detail),
            Kind::Timeout => say!("no complete answer in time: {detail}", detail),
            Kind::Interrupted => say!("the connection broke: {detail}", detail),
            Kind::TooLarge => say!("the reply is too large: {detail}", detail),
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransportError({}, {self})", self.0.delivery)
    }
}

impl std::error::Error for TransportError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_and_whether() {
        let error =
            TransportError::maybe_sent(TransportErrorKind::Timeout, "15s").with_http_status(200);
        assert_eq!(error.to_string(), "no complete answer in time: 15s");
        let zh = |error: &TransportError| error.say().in_lang(jindiao_words::Lang::Zh);
        assert_eq!(zh(&error), "未在限定时间内收到完整的应答：15s");
        assert_eq!(
            zh(&TransportError::too_late()),
            "太迟：发送许可在请求发出之前已过期"
        );
        assert_eq!(error.delivery(), Delivery::MaybeSent);
        assert_eq!(error.http_status(), Some(200));
        assert_eq!(TransportError::too_late().delivery(), Delivery::NeverSent);
    }
}
