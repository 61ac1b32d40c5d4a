//! The registration snapshot of a company: a picture, at once (QCC-2018).

use std::fmt;

use bytes::Bytes;
use http::{Request, Response};
use jindiao_protocol::{
    Answer, Effect, Exchange, RawLink, ReplyError, RequestError, Timestamp, Vendor,
};

use crate::Auth;
use crate::envelope::Envelope;

/// Asks for a picture of a company's registration (工商快照).
///
/// A `GET` that is priced per call: asking again, also because the address of the picture died,
/// is paid for again. `Debug` does not show whom it is about.
#[derive(Clone, PartialEq, Eq)]
pub struct GetEciImage {
    /// The company: KeyNo, name, credit code or registration number (QCC-2018).
    pub key_word: String,
}

impl Exchange for GetEciImage {
    type Auth = Auth;
    /// Where the picture is: the bare string that is the `Result`, at most 128 characters
    /// (QCC-2018). How long it lives is in no document.
    type Reply = RawLink;

    const VENDOR: Vendor = Vendor::Qcc;
    const NAME: &'static str = "EciImage/GetEciImage";
    const EFFECT: Effect = Effect::Charge;

    fn request(&self, auth: &Auth, now: Timestamp) -> Result<Request<Bytes>, RequestError> {
        // The same operation has two paths. QCC-2018 itself writes both letter cases; each host
        // gets the one that its working clients use.
        let path = if auth.origin.host().eq_ignore_ascii_case("api.qichacha.com") {
            "/ECIImage/GetEciImage"
        } else {
            "/api/yj/EciImage/GetEciImage"
        };
        auth.get::<Self>(path, &[("keyWord", &self.key_word)], now)
    }

    fn reply(
        &self,
        auth: &Auth,
        response: &Response<Bytes>,
    ) -> Result<Answer<RawLink>, ReplyError> {
        let envelope = Envelope::open::<Self>(auth, response)?;
        let Some(url) = envelope.result().text().map(str::to_owned) else {
            return Err(envelope.incomplete::<Self>("no picture address in Result"));
        };
        Ok(Answer {
            value: RawLink::new(url, None),
            receipt: envelope.receipt,
        })
    }
}

impl fmt::Debug for GetEciImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GetEciImage(…)")
    }
}

#[cfg(test)]
mod tests {
    use jindiao_protocol::ReplyErrorKind;

    use super::*;
    use crate::testing::{KEY, NOW, auth, auth_at, image, read};

    #[test]
    fn each_host_has_its_path() {
        let check = |origin: &str, path: &str| {
            let request = image().request(&auth_at(origin), NOW).expect("a request");
            assert_eq!(
                request.uri().to_string(),
                format!(
                    "{origin}{path}?key={KEY}&keyWord=%E5%B0%8F%E7%B1%B3%E7%A7%91%E6%8A%80\
                     %E6%9C%89%E9%99%90%E8%B4%A3%E4%BB%BB%E5%85%AC%E5%8F%B8"
                )
            );
        };
        check("https://pro.qcc.com", "/api/yj/EciImage/GetEciImage");
        check("http://127.0.0.1:8080", "/api/yj/EciImage/GetEciImage");
        check("https://api.qichacha.com", "/ECIImage/GetEciImage");
        check("http://API.qichacha.com", "/ECIImage/GetEciImage");
    }

    #[test]
    fn a_name_cannot_break_out_of_its_parameter() {
        let image = GetEciImage {
            key_word: "A&key=B #c/?%+\"\r\n".to_owned(),
        };
        let request = image.request(&auth(), NOW).expect("a request");
        assert_eq!(
            request.uri().query(),
            Some("key=FAKE-KEY-0001&keyWord=A%26key%3DB%20%23c%2F%3F%25%2B%22%0D%0A")
        );
    }

    #[test]
    fn the_result_is_a_bare_address() {
        let body = r#"{"Status":"200","Message":"查询成功","Result":"http://report.example.com/a.png",
            "OrderNumber":"ECIIMAGE2018090518391954785846"}"#;
        let answer = read(&image(), 200, body).expect("an answer");
        assert_eq!(answer.value.text(), Some("http://report.example.com/a.png"));
        let link = answer.value.link(NOW).expect("a link");
        assert_eq!(link.expires(), None);
        assert_eq!(
            answer.receipt.serial.as_deref(),
            Some("ECIIMAGE2018090518391954785846")
        );
        assert_eq!(answer.receipt.code.map(|c| c.is_success()), Some(true));
    }

    #[test]
    fn no_address_is_incomplete() {
        for result in [
            "null",
            "\"\"",
            "\" \"",
            "{}",
            "[]",
            r#"{"Url":"https://h/a.png"}"#,
        ] {
            let body = format!(r#"{{"Status":"200","Result":{result}}}"#);
            let error = read(&image(), 200, body).expect_err(result);
            assert_eq!(error.kind(), ReplyErrorKind::Incomplete, "{result}");
        }
        let error = read(&image(), 200, r#"{"Status":"200"}"#).expect_err("nothing");
        assert_eq!(error.kind(), ReplyErrorKind::Incomplete);
    }

    #[test]
    fn whom_it_is_about_is_not_shown() {
        assert_eq!(format!("{:?}", image()), "GetEciImage(…)");
    }

    #[test]
    fn a_signed_address_is_not_shown() {
        let body = r#"{"Status":"200","Result":"https://h/a.png?Signature=S3CR3T"}"#;
        let answer = read(&image(), 200, body).expect("an answer");
        assert!(!format!("{answer:?}").contains("S3CR3T"));
    }
}
