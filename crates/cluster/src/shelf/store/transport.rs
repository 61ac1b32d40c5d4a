//! Carries the store's requests over the house's own transport: one HTTP client, one TLS stack.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response};
use jindiao_client::{SendTerms, Transport, TransportErrorKind};
use jindiao_protocol::Effect;
use opendal::{Buffer, Error, ErrorKind, HttpBody, HttpTransport, Result};

/// How long one request may take, with a piece of a report.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The longest answer that is read.
const MAX_BODY: usize = super::PIECE + 64 * 1024;

/// The house's transport, for the store.
pub(super) struct Carrier(pub(super) Arc<dyn Transport>);

impl HttpTransport for Carrier {
    async fn fetch(&self, request: Request<Buffer>) -> Result<Response<HttpBody>> {
        let is_head = request.method() == http::Method::HEAD;
        let (mut parts, body) = request.into_parts();
        // What the library notes there for itself is not for the wire.
        parts.extensions.clear();
        let request = Request::from_parts(parts, body.to_bytes());
        let mut terms = SendTerms::new(Effect::Read);
        terms.timeout = TIMEOUT;
        terms.max_body = MAX_BODY;
        let response = self.0.send(request, terms).await.map_err(|error| {
            let is_temporary = !matches!(
                error.kind(),
                TransportErrorKind::Unusable
                    | TransportErrorKind::Tls
                    | TransportErrorKind::TooLarge
            );
            // This text is without secrets, by its own promise.
            Error::new(ErrorKind::Unexpected, format!("{NOT_ANSWERED}{error}"))
                .with_temporary(is_temporary)
        })?;
        let (parts, body) = response.into_parts();
        let length = (!is_head).then_some(body.len() as u64);
        Ok(Response::from_parts(parts, whole(body, length)))
    }
}

/// What the messages of requests begin with that brought no answer.
pub(super) const NOT_ANSWERED: &str = "it does not answer: ";

fn whole(body: Bytes, length: Option<u64>) -> HttpBody {
    let pieces = (!body.is_empty()).then(|| Ok(Buffer::from(body)));
    HttpBody::new(stream::iter(pieces), length)
}
