//! The registration snapshot of a company: a picture, at once (QCC-2018).

use std::fmt;

use bytes::Bytes;
use http::{Request, Response};
use jindiao_protocol::{
    Answer, Effect, Exchange, Link, LinkError, RawLink, ReplyError, RequestError, Timestamp, Vendor,
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
    type Reply = ImageUrl;

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
    ) -> Result<Answer<ImageUrl>, ReplyError> {
        let envelope = Envelope::open::<Self>(auth, response)?;
        let Some(url) = envelope.result().text().map(str::to_owned) else {
            return Err(envelope.incomplete::<Self>("no picture address in Result"));
        };
        Ok(Answer {
            // How long the address lives is in no document.
            value: ImageUrl(RawLink::new(url, None)),
            receipt: envelope.receipt,
        })
    }
}

impl fmt::Debug for GetEciImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GetEciImage(…)")
    }
}

/// Where the picture is: the bare string that is the `Result` (at most 128 characters, QCC-2018).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageUrl(pub RawLink);

impl ImageUrl {
    /// The address as the vendor wrote it.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The link, if it was received at `now`.
    ///
    /// # Errors
    /// Where the text is no download address.
    pub fn link(&self, now: Timestamp) -> Result<Link, LinkError> {
        self.0.link(now)
    }
}
