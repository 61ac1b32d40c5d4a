//! One account: its pace, its token, its vendor's clock, and what its failures mean.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jindiao_order::{Failure, News};
use jindiao_protocol::{Advice, Exchange, Origin, ReplyError};
use jindiao_protocol_patsnap as patsnap;
use jindiao_words::say;

use super::Asked;
use crate::skew::{Reading, Ruling, Told, VendorClock, may_refuse_the_time};
use crate::{
    Attempt, CallError, CallErrorKind, Client, ClockNote, Pace, PaceLimits, RetryPolicy, SendGuard,
    TokenCache,
};

/// One vendor's account.
pub(super) struct Account<A> {
    pub(super) auth: A,
    client: Client,
    pub(super) pace: Pace,
    clock: VendorClock,
    /// How many replies in a row may have been tampered with.
    forged: AtomicU32,
}

/// So many replies in a row that may have been tampered with are no accident: nothing more is asked
/// until a person has seen to it. Whoever changes replies can stop them anyway, and each question
/// may be counted.
const FORGED: u32 = 5;

/// PatSnap's credential, and the token that one of its two models needs.
pub(super) struct Patsnap {
    pub(super) origin: Origin,
    credential: patsnap::Credential,
    pub(super) token: TokenCache<patsnap::IssuedToken, CallError>,
    /// Who holds it gets the token for all who want one: without it each of them would take a
    /// permit of the day only to find that one was enough.
    turn: tokio::sync::Mutex<()>,
}

impl<A> Account<A> {
    /// An account that is asked through `client`, and has made no calls yet.
    pub(super) fn new(auth: A, client: Client, limits: PaceLimits) -> Self {
        Self {
            auth,
            pace: Pace::new(limits, Arc::clone(client.time())),
            client,
            clock: VendorClock::default(),
            forged: AtomicU32::new(0),
        }
    }

    /// Makes one attempt, signed with the time that the vendor takes.
    pub(super) async fn once<E>(
        &self,
        exchange: &E,
        auth: &E::Auth,
        guard: Option<SendGuard>,
    ) -> Asked
    where
        E: Exchange,
        News: From<E::Reply>,
    {
        let time = self.client.time();
        let begin = time.monotonic();
        let shift = self.clock.shift(time.now(), begin);
        let called = self.client.once_shifted(exchange, auth, guard, shift).await;
        let reading = |attempt: &Attempt| {
            Reading::of(
                attempt.server_time?,
                attempt.started,
                begin,
                attempt.duration,
            )
        };
        match called {
            Ok((answer, attempt)) => {
                self.forged.store(0, Ordering::Relaxed);
                let told = self.clock.answered(shift, true, reading(&attempt));
                Asked {
                    result: Ok((answer.value.into(), answer.receipt)),
                    attempt: Some(attempt),
                    token_attempts: Vec::new(),
                    retry_after: None,
                    clock: note::<E>(told),
                }
            }
            Err(error) => {
                let attempt = error.attempts().last().cloned();
                let reading = attempt.as_ref().and_then(reading);
                let news = error.reply_error().and_then(|reply| {
                    News::of_error(reply).map(|news| (news, reply.receipt().clone()))
                });
                let mut told = None;
                let result = news.ok_or_else(|| {
                    let (failure, heard) = self.judged(&error, shift, reading);
                    told = heard;
                    failure
                });
                Asked {
                    result,
                    attempt,
                    token_attempts: Vec::new(),
                    retry_after: error.retry_after(),
                    clock: note::<E>(told),
                }
            }
        }
    }

    /// What a failed call means, also with a view to the clocks and to what came before it.
    fn judged(
        &self,
        error: &CallError,
        shift: i64,
        reading: Option<Reading>,
    ) -> (Failure, Option<Told>) {
        let failure = failure(error);
        if error.is_tampering() {
            let forged = self
                .forged
                .fetch_add(1, Ordering::Relaxed)
                .saturating_add(1);
            tracing::warn!(vendor = %error.vendor(), exchange = error.exchange(), forged, "a reply may have been tampered with");
            return if forged < FORGED {
                (failure, None)
            } else {
                let remark = say!("{n} replies in a row were like this", n = forged).to_string();
                let failure = failure.with_remark(&remark);
                (failure.with_advice(Advice::FixAccount), None)
            };
        }
        // Only the vendor's own envelope tells the vendor's time: a gateway's page does not.
        let Some(code) = error.reply_error().and_then(ReplyError::code) else {
            return (failure, None);
        };
        if !may_refuse_the_time(code) {
            let told = self.clock.answered(shift, false, reading);
            return (failure, told);
        }
        let (ruling, told) = self.clock.refused(shift, reading);
        tracing::debug!(vendor = %error.vendor(), code = code.as_str(), ?ruling, "the time may be refused");
        let failure = failure.with_remark(&ruling.to_string());
        match ruling {
            // It surely did nothing, so it may be made again: by the order, whose tries are
            // bounded, with a new permit and a new intent.
            Ruling::Again(_) if failure.is_surely_nothing() => {
                (failure.with_advice(Advice::Retry), told)
            }
            // To sign again is what was done, or what cannot help.
            _ if failure.advice() == Advice::Reauthenticate
                && (matches!(
                    ruling,
                    Ruling::ItWasTheirs | Ruling::TooFar(_) | Ruling::InVain(_)
                ) || self.clock.is_refused_for_good()) =>
            {
                (failure.with_advice(Advice::FixAccount), told)
            }
            _ => (failure, told),
        }
    }
}

impl Patsnap {
    /// A credential without a token.
    pub(super) fn new(origin: Origin, credential: patsnap::Credential) -> Self {
        Self {
            origin,
            credential,
            token: TokenCache::new(),
            turn: tokio::sync::Mutex::new(()),
        }
    }
}

impl Account<Patsnap> {
    /// Gets a token where one is needed and none is fresh.
    ///
    /// One at a time, so that only the one that gets the token takes a permit for it. The permit
    /// comes before the token's flight, as it does for those who call with one: in the other
    /// order, callers with permits would wait for a flight that waits for a permit.
    pub(super) async fn prepare(&self, attempts: &mut Vec<Attempt>) -> Result<(), CallError> {
        let needs_token = matches!(self.auth.credential, patsnap::Credential::Client { .. });
        if !needs_token || self.auth.token.fresh(&**self.client.time()).is_some() {
            return Ok(());
        }
        let seen = self.auth.token.flights();
        let _turn = self.auth.turn.lock().await;
        if self.auth.token.fresh(&**self.client.time()).is_some() {
            return Ok(());
        }
        if let Some(error) = self.auth.token.failure_since(seen) {
            return Err(error);
        }
        let permit = self
            .pace
            .permit()
            .await
            .map_err(CallError::daily_limit_reached::<patsnap::RequestToken>)?;
        let result = self.access(attempts).await;
        if attempts.is_empty() {
            // Somebody else was faster.
            permit.give_back();
        }
        result.map(drop)
    }

    /// The credential in the form that a business call needs, and the token in it. The caller
    /// holds a permit.
    pub(super) async fn access(
        &self,
        attempts: &mut Vec<Attempt>,
    ) -> Result<(patsnap::Auth, Option<Arc<patsnap::IssuedToken>>), CallError> {
        let Patsnap {
            origin,
            credential,
            token,
            ..
        } = &self.auth;
        let (id, secret) = match credential {
            patsnap::Credential::ApiKey(key) => {
                let auth = patsnap::Auth::with_api_key(origin.clone(), key.clone());
                return Ok((auth, None));
            }
            patsnap::Credential::Client { id, secret } => (id, secret),
        };
        let token_auth = patsnap::TokenAuth {
            origin: origin.clone(),
            id: id.clone(),
            secret: secret.clone(),
        };
        let client = &self.client;
        let issued = token
            .get(&**client.time(), || async {
                let policy = RetryPolicy::default().with_attempt_limit(3);
                let sent = client
                    .send(&patsnap::RequestToken, &token_auth, &policy, None, None)
                    .await;
                match sent {
                    Ok((answer, made)) => {
                        attempts.extend(made);
                        let life = answer.value.expires_in;
                        Ok((answer.value, life))
                    }
                    Err(error) => {
                        attempts.extend_from_slice(error.attempts());
                        Err(error)
                    }
                }
            })
            .await?;
        let auth = patsnap::Auth::with_token(origin.clone(), id.clone(), issued.token.clone());
        Ok((auth, Some(issued)))
    }
}

/// What people should know of the vendor's clock, also in the log.
fn note<E: Exchange>(told: Option<Told>) -> Option<ClockNote> {
    let note = told?.note(E::VENDOR);
    tracing::warn!(
        vendor = %note.vendor,
        ahead_seconds = note.ahead_seconds,
        is_corrected = note.is_corrected,
        "{note}"
    );
    Some(note)
}

pub(super) fn failure(error: &CallError) -> Failure {
    match error.reply_error() {
        Some(reply) => Failure::answered(reply),
        None => {
            let failure = Failure::unanswered(
                error.vendor(),
                error.exchange(),
                error.delivery(),
                error.to_string(),
            );
            match error.kind() {
                // The same request can never be built.
                CallErrorKind::Unbuildable => failure.with_advice(Advice::FixRequest),
                CallErrorKind::DailyLimit => failure.with_advice(Advice::NextDay),
                _ => failure,
            }
        }
    }
}
