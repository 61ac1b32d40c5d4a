//! Tokens for accounts with a client id and a secret (PatSnap D5, D6).

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{Request, Response};
use jindiao_protocol::wire::Loose;
use jindiao_protocol::{Answer, Effect, Exchange, ReplyError, RequestError, Timestamp, Vendor};
use jindiao_signing::patsnap::{AccessToken, basic};
use serde::Deserialize;

use crate::TokenAuth;
use crate::auth::sensitive;
use crate::envelope::Envelope;

/// How long a token lives where the reply does not say: the 1799 seconds of the vendor's sample
/// (PatSnap D6).
pub const TOKEN_LIFE: Duration = Duration::from_secs(1799);

/// Asks for a token. Whether a new one ends the life of the one before is in no document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestToken;

impl Exchange for RequestToken {
    type Auth = TokenAuth;
    type Reply = IssuedToken;

    const VENDOR: Vendor = Vendor::Patsnap;
    const NAME: &'static str = "oauth/token";
    const EFFECT: Effect = Effect::Read;

    fn request(&self, auth: &TokenAuth, _now: Timestamp) -> Result<Request<Bytes>, RequestError> {
        let build = || {
            Request::post(auth.origin.join("/oauth/token"))
                .header(
                    AUTHORIZATION,
                    sensitive(basic(&auth.id, &auth.secret).expose())?,
                )
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(ACCEPT, "application/json")
                .body(Bytes::from_static(b"grant_type=client_credentials"))
        };
        build().map_err(|error| RequestError::new::<Self>(&error))
    }

    /// The documented reply is flat, the one that clients see is wrapped in `data`: both are read.
    fn reply(
        &self,
        auth: &TokenAuth,
        response: &Response<Bytes>,
    ) -> Result<Answer<IssuedToken>, ReplyError> {
        let (envelope, status) = Envelope::without_refusal::<Self>(auth, response)?;
        let token: Token = if envelope.data.is_empty() {
            jindiao_protocol::wire::json(response.body()).unwrap_or_default()
        } else {
            envelope.data.object().unwrap_or_default()
        };
        if ![&status, &token.status].into_iter().all(is_approval) {
            return Err(envelope.unreadable::<Self>("the status is no approval"));
        }
        let Some(access) = token.token.text().and_then(|t| AccessToken::new(t).ok()) else {
            return Err(envelope.incomplete::<Self>("no usable token"));
        };
        let millis = token.issued_at.integer();
        Ok(Answer {
            value: IssuedToken {
                token: access,
                expires_in: token.expires_in.integer().map_or(TOKEN_LIFE, |seconds| {
                    Duration::from_secs(seconds.try_into().unwrap_or(0))
                }),
                issued_at: millis.map(Timestamp::from_unix_millis),
            },
            receipt: envelope.receipt,
        })
    }
}

/// A token and its life. `Debug` does not show the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedToken {
    /// The token.
    pub token: AccessToken,
    /// How long it lives from when it was issued.
    pub expires_in: Duration,
    /// When it was issued by the vendor's clock, which need not be ours.
    pub issued_at: Option<Timestamp>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Token {
    token: Loose,
    expires_in: Loose,
    issued_at: Loose,
    status: Loose,
}

/// `approved` in the flat form, true in the wrapped one; the token itself is what counts where
/// neither is there.
fn is_approval(status: &Loose) -> bool {
    match status.text() {
        None => true,
        Some(text) => text.eq_ignore_ascii_case("approved") || status.truth() == Some(true),
    }
}
