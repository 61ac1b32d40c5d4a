//! Tokens for accounts with a client id and a secret (PatSnap D5, D6).

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{Request, Response};
use jindiao_protocol::wire::{self, Loose};
use jindiao_protocol::{Answer, Effect, Exchange, ReplyError, RequestError, Timestamp, Vendor};
use jindiao_signing::patsnap::{AccessToken, basic};
use serde::Deserialize;

use crate::TokenAuth;
use crate::envelope::Envelope;

/// How long a token lives where the reply does not say: the 1799 seconds of the vendor's sample
/// (PatSnap D6).
pub const TOKEN_LIFE: Duration = Duration::from_secs(1799);

/// Asks for a token (PatSnap D5, D6). Whether a new one ends the life of the one before is in no document.
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
            Request::post(auth.origin.uri("/oauth/token".to_owned())?)
                .header(
                    AUTHORIZATION,
                    wire::sensitive(basic(&auth.id, &auth.secret).expose())?,
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
        let token: Token<'_> = if envelope.data.is_empty() {
            wire::json(response.body()).unwrap_or_default()
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
struct Token<'a> {
    #[serde(borrow)]
    token: Loose<'a>,
    #[serde(borrow)]
    expires_in: Loose<'a>,
    #[serde(borrow)]
    issued_at: Loose<'a>,
    #[serde(borrow)]
    status: Loose<'a>,
}

/// `approved` in the flat form, true in the wrapped one; the token itself is what counts where
/// neither is there.
fn is_approval(status: &Loose<'_>) -> bool {
    match status.text() {
        None => true,
        Some(text) => text.eq_ignore_ascii_case("approved") || status.truth() == Some(true),
    }
}

#[cfg(test)]
mod tests {
    use jindiao_protocol::{Code, ReplyErrorKind};

    use super::*;
    use crate::testing::{NOW, read_as, token_auth};

    #[test]
    fn a_form_with_the_basic_credential() {
        let request = RequestToken.request(&token_auth(), NOW).expect("one");
        assert_eq!(request.method(), "POST");
        assert_eq!(request.uri(), "https://connect.zhihuiya.com/oauth/token");
        assert_eq!(
            request.headers()[CONTENT_TYPE],
            "application/x-www-form-urlencoded"
        );
        let expect = basic(&token_auth().id, &token_auth().secret);
        assert_eq!(request.headers()[AUTHORIZATION], expect.expose());
        assert!(request.headers()[AUTHORIZATION].is_sensitive());
        assert_eq!(request.body(), "grant_type=client_credentials");
    }

    fn issued(body: &str) -> Result<IssuedToken, ReplyErrorKind> {
        let answer = read_as(&token_auth(), &RequestToken, 200, body.to_owned());
        answer.map(|a| a.value).map_err(|e| e.kind())
    }

    fn check(body: &str, expires_in: u64, issued_at: Option<i64>) {
        let expect = IssuedToken {
            token: AccessToken::new("T0KEN").expect("a token"),
            expires_in: Duration::from_secs(expires_in),
            issued_at: issued_at.map(Timestamp::from_unix_millis),
        };
        assert_eq!(issued(body), Ok(expect), "{body}");
    }

    #[test]
    fn the_flat_form_of_the_documents() {
        check(
            r#"{"token":"T0KEN","token_type":"BearerToken","expires_in":1799,
                "status":"approved","issued_at":"1692347672874"}"#,
            1799,
            Some(1_692_347_672_874),
        );
        check(
            r#"{"token":"T0KEN","expires_in":"1200","issued_at":1}"#,
            1200,
            Some(1),
        );
        check(r#"{"token":"T0KEN","data":null}"#, 1799, None);
        check(
            r#"{"token":"T0KEN","status":"Approved","error_code":0,"data":{}}"#,
            1799,
            None,
        );
    }

    #[test]
    fn the_wrapped_form_that_clients_see() {
        let wrapped = |data: &str| format!(r#"{{"data":{data},"status":true,"error_code":0}}"#);
        check(
            &wrapped(r#"{"token":"T0KEN","expires_in":"1799"}"#),
            1799,
            None,
        );
        check(
            &wrapped(r#"{"token":"T0KEN","expires_in":1500,"status":"approved","issued_at":"7"}"#),
            1500,
            Some(7),
        );
        check(&wrapped(r#""{\"token\":\"T0KEN\"}""#), 1799, None);
        check(r#"{"data":{"token":"T0KEN"},"status":"true"}"#, 1799, None);
    }

    #[test]
    fn a_life_that_cannot_be_read_is_the_documented_one() {
        let life = |wire: &str, seconds: u64| {
            let body = format!(r#"{{"token":"T0KEN","expires_in":{wire}}}"#);
            check(&body, seconds, None);
        };
        for unreadable in ["null", "\"\"", "\"soon\"", "1799.5", "{}", "true"] {
            life(unreadable, 1799);
        }
        life("0", 0);
        life("-5", 0);
    }

    #[test]
    fn a_refusal_may_come_with_http_200() {
        for (status, body) in [
            (
                200,
                r#"{"status":false,"error_code":67200003,"error_msg":"wrong"}"#,
            ),
            (401, r#"{"status":false,"error_code":"67200003"}"#),
            (200, r#"{"token":"T0KEN","error_code":67200003}"#),
        ] {
            let error = read_as(&token_auth(), &RequestToken, status, body).expect_err(body);
            assert_eq!(error.kind(), ReplyErrorKind::Refused, "{body}");
            assert_eq!(error.code().map(Code::as_str), Some("67200003"));
        }
    }

    #[test]
    fn what_is_no_token() {
        let refused =
            |body: &str, kind: ReplyErrorKind| assert_eq!(issued(body), Err(kind), "{body}");
        refused("{}", ReplyErrorKind::Incomplete);
        refused(r#"{"access_token":"T"}"#, ReplyErrorKind::Incomplete);
        refused(r#"{"token":""}"#, ReplyErrorKind::Incomplete);
        refused(r#"{"token":"a b"}"#, ReplyErrorKind::Incomplete);
        refused(r#"{"token":{"t":"x"}}"#, ReplyErrorKind::Incomplete);
        refused(
            r#"{"data":{"x":1},"token":"T0KEN"}"#,
            ReplyErrorKind::Incomplete,
        );
        refused(
            r#"{"token":"T0KEN","status":"revoked"}"#,
            ReplyErrorKind::Unreadable,
        );
        refused(
            r#"{"token":"T0KEN","status":false}"#,
            ReplyErrorKind::Unreadable,
        );
        refused(
            r#"{"data":{"token":"T0KEN","status":"revoked"},"status":true}"#,
            ReplyErrorKind::Unreadable,
        );
        refused("<html>", ReplyErrorKind::Unreadable);
        refused("", ReplyErrorKind::Unreadable);
        let flat = r#"{"token":"T0KEN","expires_in":1799}"#;
        let error = read_as(&token_auth(), &RequestToken, 503, flat).expect_err("503");
        assert_eq!(error.kind(), ReplyErrorKind::Http);
    }

    #[test]
    fn a_token_is_not_shown() {
        let shown = format!("{:?}", issued(r#"{"token":"T0KEN"}"#));
        assert!(
            shown.contains("[redacted]") && !shown.contains("T0KEN"),
            "{shown}"
        );
    }
}
