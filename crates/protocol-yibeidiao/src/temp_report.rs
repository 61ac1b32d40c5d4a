//! The interim report of a background check that is under way (ShowDoc 1900158036953464).

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use jindiao_protocol::wire::{self, Loose, Object};
use jindiao_protocol::{
    Answer, Effect, Exchange, RawLink, RecordNo, ReplyError, RequestError, Timestamp, Vendor,
};

use crate::envelope::Envelope;
use crate::{Auth, Seq};

/// How long a report's address lives: one minute (ShowDoc 1900158036953464).
pub const LINK_LIFE: Duration = Duration::from_secs(60);

/// Asks for a fresh link to the interim report of a record (ShowDoc 1900158036953464).
///
/// Only a record in progress with at least one finished item has one, by the same page.
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
        let path = "/open/company/record/generate-temp-report";
        let target = wire::target(path, [("recordNo", self.record_no.as_str())]);
        auth.get::<Self>(target, &self.seq, now)
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
fn address(msg: &Loose<'_>) -> Address {
    if msg.is_empty() {
        return Address::None;
    }
    if let Some(report) = msg.object::<Object>() {
        return match report.get("url") {
            Some(url) => url_or_none(url),
            None if report.is_empty() => Address::None,
            None => Address::Other,
        };
    }
    match msg.text() {
        Some(text) if is_url(text) => Address::Url(text.to_owned()),
        // JSON inside a string, which is shorter each time and so comes to an end.
        Some(text) if matches!(msg, Loose::Text(_)) => match serde_json::from_str::<Loose>(text) {
            Ok(inner) => address(&inner),
            Err(_) => Address::Other,
        },
        _ => Address::Other,
    }
}

fn url_or_none(url: &Loose<'_>) -> Address {
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

#[cfg(test)]
mod tests {
    use jindiao_protocol::ReplyErrorKind;
    use jindiao_signing::yibeidiao::{Ts, sign};

    use super::*;
    use crate::testing::{NOW, SEQ, URL, auth, generate, read, signed};

    #[test]
    fn a_request_carries_four_headers_in_china_time() {
        // 06:55:55 in London is 14:55:55 in China: the time of the vendor's own vector.
        let now = Timestamp::from_unix_seconds(1_546_412_155);
        let generate = GenerateTempReport {
            seq: Seq::new("N123456").expect("a seq"),
            ..generate()
        };
        let request = generate.request(&auth(), now).expect("a request");
        assert_eq!(request.method(), "GET");
        assert_eq!(
            request.uri(),
            "http://api.yibeidiao.com/open/company/record/generate-temp-report\
             ?recordNo=20190415152645093983751"
        );
        let header = |name: &str| request.headers()[name].to_str().expect("ASCII");
        assert_eq!(header("key"), "CF6BF781AB82FEF5BFDF96B054ECEB15");
        assert_eq!(header("ts"), "20190102145555");
        assert_eq!(header("seq"), "N123456");
        assert_eq!(header("sign"), "65F3CB60DDEA32F61A0AA3D06D5AC348");
        assert_eq!(request.headers().len(), 4);
        assert!(request.headers()["sign"].is_sensitive());
        assert!(request.body().is_empty());
    }

    #[test]
    fn a_repeated_attempt_has_its_seq_and_a_new_time() {
        let attempt = |now: Timestamp| {
            let request = generate().request(&auth(), now).expect("a request");
            let header = |name: &str| request.headers()[name].to_str().expect("ASCII").to_owned();
            (header("seq"), header("ts"), header("sign"))
        };
        let later = NOW.plus(Duration::from_secs(1));
        for now in [NOW, later] {
            let ts = Ts::from_unix_seconds(now.unix_seconds());
            let sign = sign(&auth().key, &ts, SEQ, &auth().token);
            let expect = (SEQ, ts.as_str(), sign.as_str());
            let (seq, ts, sign) = attempt(now);
            assert_eq!((seq.as_str(), ts.as_str(), sign.as_str()), expect);
        }
        assert_ne!(attempt(NOW).1, attempt(later).1);
    }

    fn report(msg: &str) -> Result<TempReport, ReplyErrorKind> {
        let answer = read(200, signed("\"000\"", msg));
        answer.map(|a| a.value).map_err(|e| e.kind())
    }

    #[test]
    fn the_address_in_every_form_of_msg() {
        let check = |msg: &str| {
            let url = RawLink::new(URL, Some(LINK_LIFE));
            assert_eq!(report(msg), Ok(TempReport::Ready { url }), "{msg}");
        };
        check(&format!("\"{URL}\""));
        check(&format!("\" {URL}\\n\""));
        check(&format!("{{\"url\":\"{URL}\"}}"));
        check(&format!("{{\"url\":\"{URL}\",\"size\":1}}"));
        check(&format!(r#""{{\"url\":\"{URL}\"}}""#));
        check(&format!(r#""\"{URL}\"""#));
    }

    #[test]
    fn nothing_in_msg_is_not_ready() {
        for msg in [
            "\"{}\"",
            "{}",
            "\"\"",
            "null",
            "[]",
            "\"[]\"",
            "\"null\"",
            "\" \"",
            r#"{"url":""}"#,
            r#"{"url":null}"#,
            r#""{\"url\":\"\"}""#,
        ] {
            assert_eq!(report(msg), Ok(TempReport::NotReady), "{msg}");
        }
        let without = signed("\"000\"", "null").replace(",\"msg\":null", "");
        assert!(!without.contains("msg"));
        let answer = read(200, without).expect("an answer");
        assert_eq!(answer.value, TempReport::NotReady);
    }

    #[test]
    fn something_else_in_msg_is_neither() {
        for msg in [
            "\"生成中\"",
            "\"ftp://h/a.pdf\"",
            "\"/a.pdf\"",
            "7",
            "true",
            "\"7\"",
            r#"{"url":7}"#,
            r#"{"url":{"a":1}}"#,
            r#"{"address":"https://h/a.pdf"}"#,
            r#"["https://h/a.pdf"]"#,
            r#""{\"url\":""#,
        ] {
            assert_eq!(report(msg), Err(ReplyErrorKind::Incomplete), "{msg}");
        }
    }

    #[test]
    fn a_link_lives_for_a_minute_or_as_long_as_it_says() {
        let link = |url: &str| match report(&format!("\"{url}\"")) {
            Ok(TempReport::Ready { url }) => url.link(NOW).expect("a link"),
            other => unreachable!("{other:?}"),
        };
        let end = Timestamp::from_unix_seconds(1_555_384_488);
        assert_eq!(link(URL).expires(), Some(end));
        let minute = NOW.plus(Duration::from_secs(60));
        assert_eq!(link("http://h/a.pdf").expires(), Some(minute));
        assert!(!format!("{:?}", report(&format!("\"{URL}\""))).contains("S3CR3T"));
    }
}
