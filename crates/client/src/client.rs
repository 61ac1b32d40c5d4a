//! Makes calls: one attempt, or as many as a policy allows.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response, header};
use jindiao_protocol::{Advice, Answer, Code, Delivery, Exchange, Timestamp, redacted_url};

use crate::disk::Disk;
use crate::error::Cause;
use crate::{
    Attempt, CallError, Gate, HttpTransport, HttpTransportError, Pace, RetryPolicy, SendGuard,
    SendTerms, SystemClock, Time, Transport, Verdict,
};

/// No `Retry-After` is believed beyond a day.
const LONGEST_HINT: Duration = Duration::from_secs(86_400);

/// Makes calls to the vendors and downloads reports. Clones share transport and clock.
#[derive(Debug, Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
    time: Arc<dyn Time>,
    request_timeout: Duration,
    disk: Disk,
}

impl Client {
    /// A client on any transport and any clock.
    pub fn new(transport: impl Transport, time: impl Time) -> Self {
        Self::shared(Arc::new(transport), Arc::new(time))
    }

    /// A client on a transport and a clock that others use too.
    pub fn shared(transport: Arc<dyn Transport>, time: Arc<dyn Time>) -> Self {
        Self {
            transport,
            time,
            request_timeout: SendTerms::TIMEOUT,
            disk: Disk::default(),
        }
    }

    /// A client on [`HttpTransport`] and the clock of the machine.
    ///
    /// # Errors
    /// If TLS cannot be set up at all.
    pub fn http() -> Result<Self, HttpTransportError> {
        Ok(Self::new(HttpTransport::new()?, SystemClock::new()))
    }

    /// The same client with another limit for one call, from connecting to the last byte of the
    /// reply. The default is 15 s.
    #[must_use]
    pub fn with_request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// The same client, whose downloads work on files in the caller's own thread instead of
    /// tokio's threads for blocking work.
    ///
    /// For hosts of their own and simulations, where everything must happen on one thread and in
    /// one order. Whoever serves many orders at once does not want it.
    #[must_use]
    pub fn with_inline_disk(mut self) -> Self {
        self.disk = Disk::inline();
        self
    }

    /// Where downloads work on files.
    pub(crate) fn disk(&self) -> &Disk {
        &self.disk
    }

    /// How long one call may take.
    pub(crate) fn request_timeout(&self) -> Duration {
        self.request_timeout
    }

    /// The clock.
    pub fn time(&self) -> &Arc<dyn Time> {
        &self.time
    }

    /// The transport.
    pub fn transport(&self) -> &Arc<dyn Transport> {
        &self.transport
    }

    /// Makes one attempt.
    ///
    /// The caller holds the account's [`Permit`](crate::Permit) and, for a `Charge`, has its
    /// intent on disk: permit first, then the intent, then this at once. With a `guard` the
    /// attempt is not sent after the guard's end.
    ///
    /// A future that is dropped before it is ready is an attempt that may have been sent.
    ///
    /// # Errors
    /// Whatever is not the success that was asked for. [`CallError::outcome`] says what is known
    /// of a charge then, and [`CallError::attempts`] has the attempt for the ledger.
    pub async fn once<E: Exchange>(
        &self,
        exchange: &E,
        auth: &E::Auth,
        guard: Option<SendGuard>,
    ) -> Result<(Answer<E::Reply>, Attempt), CallError> {
        self.once_shifted(exchange, auth, guard, 0).await
    }

    /// As [`Client::once`], signed for a time that differs from our clock by so many milliseconds.
    pub(crate) async fn once_shifted<E: Exchange>(
        &self,
        exchange: &E,
        auth: &E::Auth,
        guard: Option<SendGuard>,
        shift: i64,
    ) -> Result<(Answer<E::Reply>, Attempt), CallError> {
        let started = self.time.now();
        let begin = self.time.monotonic();
        let mut attempt = Attempt {
            started,
            duration: Duration::ZERO,
            delivery: Delivery::NeverSent,
            http_status: None,
            receipt: None,
            server_time: None,
        };
        let signed_at = Timestamp::from_unix_millis(started.unix_millis().saturating_add(shift));
        let result = self
            .attempt(exchange, auth, guard, signed_at, &mut attempt)
            .await;
        attempt.duration = self.time.monotonic().saturating_sub(begin);
        tracing::debug!(
            vendor = %E::VENDOR,
            exchange = E::NAME,
            effect = %E::EFFECT,
            delivery = %attempt.delivery,
            status = attempt.http_status,
            code = attempt.receipt.as_ref().and_then(|r| r.code.as_ref()).map(Code::as_str),
            duration_ms = u64::try_from(attempt.duration.as_millis()).unwrap_or(u64::MAX),
            ok = result.is_ok(),
            "call"
        );
        match result {
            Ok(answer) => Ok((answer, attempt)),
            Err((cause, retry_after)) => Err(CallError::new::<E>(cause)
                .with_attempts(vec![attempt])
                .with_retry_after(retry_after)),
        }
    }

    async fn attempt<E: Exchange>(
        &self,
        exchange: &E,
        auth: &E::Auth,
        guard: Option<SendGuard>,
        signed_at: Timestamp,
        attempt: &mut Attempt,
    ) -> Result<Answer<E::Reply>, (Cause, Option<Duration>)> {
        let request = exchange
            .request(auth, signed_at)
            .map_err(|error| (Cause::Unbuildable(error), None))?;
        if tracing::enabled!(tracing::Level::TRACE) {
            let address = redacted_url(&request.uri().to_string());
            tracing::trace!(vendor = %E::VENDOR, exchange = E::NAME, address, "sending");
        }

        let mut terms = SendTerms::new(E::EFFECT);
        terms.timeout = self.request_timeout;
        if let Some(guard) = guard {
            if guard.is_expired(&*self.time) {
                return Err((Cause::TooLate, None));
            }
            terms.gate = Gate::guarded(guard, Arc::clone(&self.time));
        }
        // From here on the attempt may have left, unless the transport promises otherwise.
        attempt.delivery = Delivery::MaybeSent;
        let response = match self.transport.send(request, terms).await {
            Ok(response) => response,
            Err(error) => {
                attempt.delivery = error.delivery();
                attempt.http_status = error.http_status();
                return Err((Cause::Transport(error), None));
            }
        };
        attempt.delivery = Delivery::Answered;
        attempt.http_status = Some(response.status().as_u16());
        attempt.server_time = server_time(response.headers());
        match exchange.reply(auth, &response) {
            Ok(answer) => {
                attempt.receipt = Some(answer.receipt.clone());
                Ok(answer)
            }
            Err(error) => {
                attempt.receipt = Some(error.receipt().clone());
                let hint = retry_after(&response, self.time.now());
                Err((Cause::Reply(error), hint))
            }
        }
    }

    /// Makes a call, and makes it again as far as `policy` and the rules for charges allow.
    ///
    /// Each attempt takes a permit of `pace` and holds it; a throttling answer slows the pace
    /// down for everybody who shares it. With a `guard` no attempt is sent after the guard's end.
    ///
    /// # Errors
    /// The error of the last attempt, with all attempts in it.
    pub async fn send<E: Exchange>(
        &self,
        exchange: &E,
        auth: &E::Auth,
        policy: &RetryPolicy,
        pace: Option<&Pace>,
        guard: Option<SendGuard>,
    ) -> Result<(Answer<E::Reply>, Vec<Attempt>), CallError> {
        let begin = self.time.monotonic();
        let mut attempts = Vec::new();
        loop {
            let permit = match pace {
                None => None,
                Some(pace) => match pace.permit().await {
                    Ok(permit) => Some(permit),
                    Err(limit) => {
                        return Err(
                            CallError::daily_limit_reached::<E>(limit).with_attempts(attempts)
                        );
                    }
                },
            };
            let error = match self.once(exchange, auth, guard).await {
                Ok((answer, attempt)) => {
                    attempts.push(attempt);
                    return Ok((answer, attempts));
                }
                Err(error) => error,
            };
            attempts.extend_from_slice(error.attempts());
            let error = error.with_attempts(attempts.clone());
            if let Some(permit) = permit
                && error.delivery() == Delivery::NeverSent
            {
                permit.give_back();
            }
            if let Some(pace) = pace
                && error.advice() == Advice::SlowDown
            {
                pace.slow_down(error.retry_after());
            }
            let elapsed = self.time.monotonic().saturating_sub(begin);
            match policy.verdict(&error, elapsed) {
                Verdict::Stop => return Err(error),
                Verdict::After(pause) => self.time.sleep(pause).await,
            }
        }
    }
}

/// The pause that an answer asks for: in seconds, or until an HTTP date.
fn retry_after(response: &Response<Bytes>, now: Timestamp) -> Option<Duration> {
    let text = header_text(response.headers(), &header::RETRY_AFTER)?;
    let pause = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => http_date(text)?.since(now),
    };
    Some(pause.min(LONGEST_HINT))
}

/// What the server's clock showed when it answered. An answer out of a cache was written earlier,
/// and two dates are none.
pub(crate) fn server_time(headers: &HeaderMap) -> Option<Timestamp> {
    let is_fresh = headers.get(header::AGE).is_none_or(|age| age == "0");
    let is_one = headers.get_all(header::DATE).iter().count() == 1;
    (is_fresh && is_one)
        .then(|| header_text(headers, &header::DATE).and_then(http_date))
        .flatten()
}

fn header_text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Reads `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<Timestamp> {
    let instant = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()?;
    Some(Timestamp::from_unix_millis(instant.as_millisecond()))
}
