//! What Penglai can be asked, and how its answers are read (Penglai §3 and §4).

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use jindiao_codes::{Code, Vendor};
use jindiao_protocol::wire::{self, Loose};
use jindiao_protocol::{
    Answer, CompanyName, Effect, Exchange, RawLink, Receipt, ReplyError, ReplyErrorKind,
    RequestError, Timestamp,
};
use serde::Deserialize;

use crate::Auth;
use crate::codes::VENDOR;

/// How long an address of a dossier lives (Penglai §4).
pub const LINK_LIFE: Duration = Duration::from_secs(600);

/// Orders a dossier on a company. Each call that succeeds costs 5 yuan (Penglai §3).
#[derive(Debug, Clone)]
pub struct OrderDossier {
    /// The company.
    pub company: CompanyName,
}

impl Exchange for OrderDossier {
    type Auth = Auth;
    /// The dossier's id.
    type Reply = String;

    const VENDOR: Vendor = VENDOR;
    const NAME: &'static str = "dossiers/order";
    const EFFECT: Effect = Effect::Charge;

    fn request(&self, auth: &Auth, now: Timestamp) -> Result<Request<Bytes>, RequestError> {
        let body = serde_json::json!({ "company": self.company.as_str() }).to_string();
        auth.request::<Self>(&Method::POST, "/v1/dossiers".to_owned(), now, body.into())
    }

    fn reply(&self, auth: &Auth, response: &Response<Bytes>) -> Result<Answer<String>, ReplyError> {
        let (fields, receipt) = open::<Self>(auth, response)?;
        let id = fields.dossier.id();
        // It becomes a part of a path.
        match id.filter(|id| id.bytes().all(|b| b.is_ascii_alphanumeric())) {
            Some(id) => Ok(Answer {
                value: id.to_owned(),
                receipt,
            }),
            // It says that it took the order and not which: nobody may order again.
            None => Err(ReplyError::new::<Self>(ReplyErrorKind::Incomplete, receipt)),
        }
    }
}

/// Asks how a dossier is getting on (Penglai §4).
#[derive(Debug, Clone)]
pub struct DossierState {
    /// The id that ordering gave.
    pub dossier: String,
}

/// Where a dossier stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It is being made, or the state is one that the contract does not list.
    Making,
    /// It is ready.
    Ready(RawLink),
    /// It cannot be made.
    Failed(String),
}

impl Exchange for DossierState {
    type Auth = Auth;
    type Reply = State;

    const VENDOR: Vendor = VENDOR;
    const NAME: &'static str = "dossiers/state";
    const EFFECT: Effect = Effect::Read;

    fn request(&self, auth: &Auth, now: Timestamp) -> Result<Request<Bytes>, RequestError> {
        let path = format!("/v1/dossiers/{}", self.dossier);
        auth.request::<Self>(&Method::GET, path, now, Bytes::new())
    }

    fn reply(&self, auth: &Auth, response: &Response<Bytes>) -> Result<Answer<State>, ReplyError> {
        let (fields, receipt) = open::<Self>(auth, response)?;
        let value = match fields.state.text() {
            Some("ready") => match fields.url.text() {
                Some(url) => State::Ready(RawLink::new(url, Some(LINK_LIFE))),
                None => return Err(ReplyError::new::<Self>(ReplyErrorKind::Incomplete, receipt)),
            },
            Some("failed") => {
                let why = fields.why.text().unwrap_or("without a reason");
                let why = wire::vendor_text(why, &[auth.secret.expose()]);
                State::Failed(why.unwrap_or_default().into_owned())
            }
            // A state that no document lists is no reason to give up a paid report.
            _ => State::Making,
        };
        Ok(Answer { value, receipt })
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields<'a> {
    #[serde(borrow)]
    code: Loose<'a>,
    #[serde(borrow)]
    dossier: Loose<'a>,
    #[serde(borrow)]
    state: Loose<'a>,
    #[serde(borrow)]
    url: Loose<'a>,
    #[serde(borrow)]
    why: Loose<'a>,
}

/// The one place where HTTP 200 with a failure inside becomes a failure (Penglai §5).
fn open<'a, E: Exchange>(
    auth: &Auth,
    response: &'a Response<Bytes>,
) -> Result<(Fields<'a>, Receipt), ReplyError> {
    let mut receipt = Receipt::of_status(response.status());
    let fields: Fields<'a> = wire::json(response.body()).unwrap_or_default();
    let code = fields.code.text();
    let code = code.and_then(|code| wire::vendor_text(code, &[auth.secret.expose()]));
    let Some(code) = code.map(|code| Code::parse(VENDOR, &code)) else {
        return Err(ReplyError::no_envelope::<E>(receipt));
    };
    receipt.code = Some(code.clone());
    if code.is_success() {
        Ok((fields, receipt))
    } else {
        Err(ReplyError::new::<E>(ReplyErrorKind::Refused, receipt))
    }
}
