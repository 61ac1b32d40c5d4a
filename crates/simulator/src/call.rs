//! One call as it arrived, and the answer to it.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::options::Moment;

/// A call: its parts, decoded as far as every vendor needs it.
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Pairs,
    pub(crate) body: Bytes,
    /// When it arrived, by the clock of the vendor.
    pub(crate) now: Moment,
    /// Scheme and host as the client wrote them: links point there.
    pub(crate) origin: String,
}

impl Call {
    pub(crate) fn new(parts: request::Parts, body: Bytes, now: Moment, base_url: &str) -> Self {
        let host = parts
            .headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        let host = host.filter(|host| host.parse::<axum::http::uri::Authority>().is_ok());
        Self {
            path: parts.uri.path().to_owned(),
            query: Pairs::parse(parts.uri.query().unwrap_or_default()),
            origin: host.map_or_else(|| base_url.to_owned(), |host| format!("http://{host}")),
            headers: parts.headers,
            body,
            now,
        }
    }

    /// A header as text; absent, empty and unreadable are the same.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.get(name)?.to_str().ok()?;
        (!value.is_empty()).then_some(value)
    }
}

/// Names and values of a query or of a form.
pub(crate) struct Pairs(Vec<(String, String)>);

impl Pairs {
    pub(crate) fn parse(text: &str) -> Self {
        let decoded = |part: &str| {
            let part = part.replace('+', " ");
            percent_decode_str(&part).decode_utf8_lossy().into_owned()
        };
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        });
        Self(pairs.collect())
    }

    /// The first value of that name; absent and empty are the same.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        (!value.is_empty()).then_some(value.as_str())
    }
}

/// What a fault changes inside of an answer.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Twist {
    pub(crate) dead_link: bool,
    pub(crate) report_fails: bool,
}

/// An answer.
pub(crate) enum Answer {
    /// HTTP 200 with JSON, as all vendors answer successes and failures alike.
    Json(Value),
    /// The same with a header that supports a claim.
    Traced(Value, HeaderName, HeaderValue),
    /// Anything else.
    Other(Response),
}

impl Answer {
    /// Numbers where there were strings, and strings where there were numbers and booleans, in
    /// codes, states and ids.
    pub(crate) fn with_wrong_types(self) -> Self {
        match self {
            Self::Json(value) => Self::Json(other_types(value)),
            Self::Traced(value, name, trace) => Self::Traced(other_types(value), name, trace),
            Self::Other(response) => Self::Other(response),
        }
    }

    /// With the digits of `sign` in another order.
    pub(crate) fn with_forged_sign(self) -> Self {
        match self {
            Self::Json(mut value) => {
                if let Some(Value::String(sign)) = value.get_mut("sign") {
                    *sign = sign.chars().rev().collect();
                }
                Self::Json(value)
            }
            other => other,
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Self::Json(value) => json(&value),
            Self::Traced(value, name, trace) => {
                let mut response = json(&value);
                response.headers_mut().insert(name, trace);
                response
            }
            Self::Other(response) => response,
        }
    }
}

pub(crate) fn json(value: &Value) -> Response {
    let kind = HeaderValue::from_static("application/json;charset=UTF-8");
    (
        StatusCode::OK,
        [(header::CONTENT_TYPE, kind)],
        value.to_string(),
    )
        .into_response()
}

fn other_types(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(key, value)| (key, other_types(value)))
                .collect(),
        ),
        Value::Number(number) => Value::String(number.to_string()),
        Value::Bool(flag) => Value::String(flag.to_string()),
        // "000" is no number, and a 23-digit record number would not survive as one.
        Value::String(text) => match text.parse::<u64>() {
            Ok(number) if number.to_string() == text => number.into(),
            _ => Value::String(text),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded() {
        let pairs = Pairs::parse("keyWord=%E5%B0%8F+%E7%B1%B3%26&empty=&flag&keyWord=second");
        assert_eq!(pairs.get("keyWord"), Some("小 米&"));
        assert_eq!(
            (pairs.get("empty"), pairs.get("flag"), pairs.get("none")),
            (None, None, None)
        );
    }

    #[test]
    fn types_change_and_digits_stay() {
        let value = serde_json::json!({
            "Status": "200", "code": "000", "data": {"job_id": 1_579_434_053_399_035_905_u64},
            "ok": true, "seq": "20190415152645093983751", "none": null,
        });
        let expect = serde_json::json!({
            "Status": 200, "code": "000", "data": {"job_id": "1579434053399035905"},
            "ok": "true", "seq": "20190415152645093983751", "none": null,
        });
        assert_eq!(other_types(value), expect);
    }
}
