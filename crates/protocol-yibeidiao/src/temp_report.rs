//! The interim report of a background check that is under way (ShowDoc 1900158036953464).

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use jindiao_protocol::wire::{self, Loose};
use jindiao_protocol::{
    Answer, Effect, Exchange, RawLink, RecordNo, ReplyError, RequestError, Timestamp, Vendor,
};

use crate::envelope::Envelope;
use crate::{Auth, Seq};

/// How long a report's address lives: one minute (ShowDoc 1900158036953464).
pub const LINK_LIFE: Duration = Duration::from_secs(60);

/// Asks for a fresh link to the interim report of a record.
///
/// Only a record in progress with at least one finished item has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerateTempReport {
    /// The record, 23 digits in every sample.
    pub record_no: RecordNo,
    /// One per wanted link; the same when an attempt is repeated.
    pub seq: Seq,
}

impl Exchange for GenerateTempReport {
    type Auth = Auth;
    type Reply = TempReport;

    const VENDOR: Vendor = Vendor::Yibeidiao;
    const NAME: &'static str = "record/generate-temp-report";
    const EFFECT: Effect = Effect::Read;

    fn request(&self, auth: &Auth, now: Timestamp) -> Result<Request<Bytes>, RequestError> {
        let target = format!(
            "/open/company/record/generate-temp-report?recordNo={}",
            wire::query_value(self.record_no.as_str())
        );
        auth.get::<Self>(&target, &self.seq, now)
    }

    fn reply(
        &self,
        auth: &Auth,
        response: &Response<Bytes>,
    ) -> Result<Answer<TempReport>, ReplyError> {
        let envelope = Envelope::open::<Self>(auth, &self.seq, response)?;
        let value = match address(&envelope.msg) {
            Address::None => TempReport::NotReady,
            Address::Url(url) => TempReport::Ready {
                url: RawLink::new(url, Some(LINK_LIFE)),
            },
            Address::Other => {
                return Err(envelope.incomplete::<Self>("msg has something else than an address"));
            }
        };
        Ok(Answer {
            value,
            receipt: envelope.receipt,
        })
    }
}

/// Whether there is an interim report.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TempReport {
    /// There is, at an address that lives for a minute: fetch it at once.
    Ready {
        /// Where to fetch the PDF.
        url: RawLink,
    },
    /// There is none yet: success with nothing in `msg`.
    NotReady,
}

/// What `msg` holds.
enum Address {
    None,
    Url(String),
    Other,
}

/// Finds the address in any of the forms of `msg`: a string, an object with `url`, or either of
/// them as JSON inside a string (the vendor says "a simple object or json").
fn address(msg: &Loose) -> Address {
    if msg.is_empty() {
        return Address::None;
    }
    if let Some(report) = msg.object::<BTreeMap<String, Loose>>() {
        return match report.get("url") {
            Some(url) => url_or_none(url),
            None if report.is_empty() => Address::None,
            None => Address::Other,
        };
    }
    match msg.text() {
        Some(text) if is_url(text) => Address::Url(text.to_owned()),
        // JSON inside a string: one level, which unwraps strings only and so comes to an end.
        Some(text) if matches!(msg, Loose::Text(_)) => match serde_json::from_str::<Loose>(text) {
            Ok(inner) => address(&inner),
            Err(_) => Address::Other,
        },
        _ => Address::Other,
    }
}

fn url_or_none(url: &Loose) -> Address {
    match url.text() {
        Some(url) if is_url(url) => Address::Url(url.to_owned()),
        None if url.is_empty() => Address::None,
        _ => Address::Other,
    }
}

fn is_url(text: &str) -> bool {
    let starts = |scheme: &str| {
        let head = text.get(..scheme.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    };
    starts("https://") || starts("http://")
}
