//! Replies of any vendor: how bytes become one, and what holds for whatever is made of it.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use jindiao_codes::Outcome;
use jindiao_protocol::{Exchange, RawLink, Receipt, ReplyErrorKind, Timestamp};

/// When the replies are read.
pub(crate) const NOW: Timestamp = Timestamp::from_unix_seconds(1_676_601_233);

/// The statuses that a reply can have, by the low half of its first byte: `0` is 200.
const STATUSES: [u16; 16] = [
    200, 201, 204, 302, 400, 401, 403, 404, 408, 429, 500, 502, 503, 504, 599, 999,
];

/// The headers that vendors or gateways send; each bit of the second byte takes a line of the
/// body for the value of one.
const HEADERS: [&str; 4] = [
    "x-correlation-id",
    "x-openapi-amount",
    "content-type",
    "retry-after",
];

/// Reads a byte for the status, a byte for the headers, a line for each header, and the body.
pub(crate) fn response(data: &[u8]) -> Option<Response<Bytes>> {
    let [status, headers, body @ ..] = data else {
        return None;
    };
    let mut body = body;
    let mut response = Response::new(Bytes::new());
    let status = STATUSES[usize::from(status % 16)];
    *response.status_mut() = StatusCode::from_u16(status).ok()?;
    for (n, name) in HEADERS.into_iter().enumerate() {
        if headers >> n & 1 == 0 {
            continue;
        }
        let end = body.iter().position(|byte| *byte == b'\n')?;
        if let Ok(value) = HeaderValue::from_bytes(&body[..end]) {
            response.headers_mut().insert(name, value);
        }
        body = &body[end + 1..];
    }
    *response.body_mut() = Bytes::copy_from_slice(body);
    Some(response)
}

/// What `exchange` makes of the response, with what must hold for it asserted.
pub(crate) fn read<E: Exchange>(
    exchange: &E,
    auth: &E::Auth,
    secrets: &[&str],
    response: &Response<Bytes>,
) -> Option<E::Reply> {
    let http = response.status();
    match exchange.reply(auth, response) {
        Ok(answer) => {
            assert!(http.is_success(), "success under HTTP {http}");
            assert_receipt(&answer.receipt, http, secrets);
            Some(answer.value)
        }
        Err(error) => {
            let line = error.to_string();
            assert_shown(&line, secrets);
            assert!(line.len() < 5_000, "{} bytes", line.len());
            assert_hidden(&format!("{error:?}"), secrets);
            assert_receipt(error.receipt(), http, secrets);
            let _ = (error.advice(), error.info());
            // Only a code or an HTTP status proves that nothing was bought.
            assert!(
                error.outcome() != Outcome::NothingDone
                    || matches!(error.kind(), ReplyErrorKind::Refused | ReplyErrorKind::Http),
                "{line}"
            );
            None
        }
    }
}

fn assert_receipt(receipt: &Receipt, http: StatusCode, secrets: &[&str]) {
    assert_eq!(receipt.http_status, http.as_u16());
    for text in [&receipt.serial, &receipt.units].into_iter().flatten() {
        assert_shown(text, secrets);
    }
    let written = serde_json::to_string(receipt).expect("a receipt is JSON");
    let read: Receipt = serde_json::from_str(&written).expect("what was written");
    assert_eq!(&read, receipt);
}

/// Asserts that a text can be printed: no credential and nothing that steers a terminal.
pub(crate) fn assert_shown(text: &str, secrets: &[&str]) {
    assert!(!text.chars().any(char::is_control), "{text:?}");
    assert_hidden(text, secrets);
}

fn assert_hidden(text: &str, secrets: &[&str]) {
    let text = text.to_ascii_lowercase();
    for secret in secrets {
        assert!(!text.contains(&secret.to_ascii_lowercase()), "{text:?}");
    }
}

/// Asserts that a reference can be kept, printed and asked with.
pub(crate) fn assert_reference(reference: &str) {
    assert!((1..=128).contains(&reference.len()), "{reference:?}");
    assert!(
        reference.bytes().all(|byte| byte.is_ascii_graphic()),
        "{reference:?}"
    );
}

/// Reads the address that a reply gave.
pub(crate) fn assert_link(raw: &RawLink) {
    let _ = format!("{raw:?}");
    if let Ok(link) = raw.link(NOW) {
        assert_shown(&link.to_string(), &[]);
    }
}
