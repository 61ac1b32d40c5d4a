//! An operation that no crate has, as an exchange: PatSnap's status of a bulk export
//! (`GET /patent-search/task`, PatSnap D15), with a canned reply.
//!
//! `cargo run -p jindiao-protocol --example own_exchange`

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use jindiao_protocol::wire::{self, Loose, Object};
use jindiao_protocol::{
    Answer, Code, Effect, Exchange, Origin, RawLink, Receipt, ReplyError, ReplyErrorKind,
    RequestError, Timestamp, Vendor,
};

/// Asks for the state of an export.
struct ExportStatus {
    task_id: String,
}

/// Where an account's requests go, and with which key.
struct Account {
    origin: Origin,
    key: String,
}

impl Exchange for ExportStatus {
    type Auth = Account;
    type Reply = RawLink;

    const VENDOR: Vendor = Vendor::Patsnap;
    const NAME: &'static str = "patent-search/task";
    const EFFECT: Effect = Effect::Read;

    fn request(&self, auth: &Account, _: Timestamp) -> Result<Request<Bytes>, RequestError> {
        let target = wire::target("/patent-search/task", [("task_id", self.task_id.as_str())]);
        let build = || {
            Request::get(auth.origin.uri(target)?)
                .header("authorization", format!("Bearer {}", auth.key))
                .body(Bytes::new())
        };
        build().map_err(|error| RequestError::new::<Self>(&error))
    }

    fn reply(
        &self,
        _: &Account,
        response: &Response<Bytes>,
    ) -> Result<Answer<RawLink>, ReplyError> {
        let mut receipt = Receipt::of_status(response.status());
        let envelope = wire::json(response.body()).unwrap_or_default();
        let field = |object: &Object<'_>, name| object.get(name)?.text().map(str::to_owned);
        let Some(code) = field(&envelope, "error_code") else {
            return Err(ReplyError::no_envelope::<Self>(receipt));
        };
        let code = Code::parse(Vendor::Patsnap, &code);
        receipt.code = Some(code.clone());
        // HTTP 200 says nothing: the envelope must be content as well.
        if !code.is_success() {
            return Err(ReplyError::new::<Self>(ReplyErrorKind::Refused, receipt));
        }
        if !response.status().is_success() {
            return Err(ReplyError::contradiction::<Self>(receipt));
        }
        let data = envelope.get("data").and_then(Loose::object);
        match field(&data.unwrap_or_default(), "url") {
            Some(url) => Ok(Answer {
                value: RawLink::new(url, Some(Duration::from_secs(7 * 24 * 3600))),
                receipt,
            }),
            None => Err(ReplyError::new::<Self>(ReplyErrorKind::Incomplete, receipt)
                .with_detail("no url: the export is not done")),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let account = Account {
        origin: "https://connect.patsnap.com".parse()?,
        key: "sk-fake".to_owned(),
    };
    let status = ExportStatus {
        task_id: "0f9d".to_owned(),
    };
    let now = Timestamp::from_unix_seconds(1_665_400_000);
    let request = status.request(&account, now)?;
    println!("{} {}", request.method(), request.uri());

    // Any HTTP stack sends it; here the replies are canned.
    let done = r#"{"data":{"export_status":"SUCCESS","url":"https://h.example/a.xlsx"},
        "status":true,"error_code":0}"#;
    let answer = status.reply(&account, &Response::new(done.into()))?;
    let link = answer.value.link(now)?;
    println!("ready: {link}, until {:?}", link.expires());

    let refused = r#"{"status":false,"error_code":67200005}"#;
    match status.reply(&account, &Response::new(refused.into())) {
        Ok(_) => Err("a refusal was taken for a success".into()),
        Err(error) => {
            println!("refused: {error}");
            println!("next: {}", error.advice());
            Ok(())
        }
    }
}
