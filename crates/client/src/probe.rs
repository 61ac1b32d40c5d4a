//! Knocks at a vendor's door without an account: does it answer, and what does its clock show?

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use jindiao_protocol::{Effect, Origin};

use crate::client::server_time;
use crate::skew::Reading;
use crate::{Client, SendTerms, TransportError, TransportErrorKind};

/// What knocking told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Probe {
    /// The status of the answer.
    pub status: u16,
    /// How long it took, connecting included.
    pub took: Duration,
    /// What the answer tells of the vendor's clock.
    pub clock: Option<ProbedClock>,
    /// The host that the answer leads on to, if it is another one.
    pub leads_to: Option<String>,
}

/// How a vendor's clock stands to ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbedClock {
    /// By how many milliseconds it is ahead; negative where it is behind.
    pub ahead_millis: i64,
    /// Whether that is more than can be told from a `Date`, which is a second coarse.
    pub differs: bool,
}

impl Client {
    /// Asks for the head of `origin`'s first page, once. No account is named and nothing is
    /// signed: there is nobody whom a vendor could count or charge it to.
    ///
    /// # Errors
    /// If there is no answer. Any answer is one, also an error's.
    pub async fn probe(&self, origin: &Origin) -> Result<Probe, TransportError> {
        let unusable = |error: http::Error| {
            TransportError::never_sent(TransportErrorKind::Unusable, error.to_string())
        };
        let request = Request::builder()
            .method(Method::HEAD)
            .uri(origin.join("/"))
            .body(Bytes::new())
            .map_err(unusable)?;
        let (started, begin) = (self.time().now(), self.time().monotonic());
        let mut terms = SendTerms::new(Effect::Read);
        terms.timeout = self.request_timeout();
        let response = self.transport().send(request, terms).await?;
        let took = self.time().monotonic().saturating_sub(begin);
        let reading = server_time(response.headers())
            .and_then(|date| Reading::of(date, started, begin, took));
        let leads_to = response
            .headers()
            .get(header::LOCATION)
            .and_then(|to| to.to_str().ok()?.parse::<http::Uri>().ok())
            .and_then(|to| to.host().map(str::to_owned))
            .filter(|host| !host.eq_ignore_ascii_case(origin.host()));
        Ok(Probe {
            status: response.status().as_u16(),
            took,
            clock: reading.map(|reading| ProbedClock {
                ahead_millis: reading.ahead(),
                differs: reading.tells(reading.ahead()),
            }),
            leads_to,
        })
    }
}
