//! Who asks, and how a request is signed.

use bytes::Bytes;
use http::{HeaderName, Request};
use jindiao_protocol::{Exchange, Origin, RequestError, Timestamp, wire};
use jindiao_signing::yibeidiao::{self, CompanyKey, Token, Ts};

use crate::Seq;

/// The documented address (ShowDoc 1865243955181250): plain HTTP, see the front page.
pub const ORIGIN: &str = "http://api.yibeidiao.com";

static KEY: HeaderName = HeaderName::from_static("key");
static TS: HeaderName = HeaderName::from_static("ts");
static SEQ: HeaderName = HeaderName::from_static("seq");
static SIGN: HeaderName = HeaderName::from_static("sign");

/// One account at one address. `Debug` shows neither the key nor the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    /// Where requests go, usually [`ORIGIN`].
    pub origin: Origin,
    /// The company key, sent as a header.
    pub key: CompanyKey,
    /// The token, which is hashed and never sent.
    pub token: Token,
}

impl Auth {
    /// The account of `key` and `token` at `origin`.
    pub fn new(origin: Origin, key: CompanyKey, token: Token) -> Self {
        Self { origin, key, token }
    }

    /// A signed `GET` of `path_and_query`.
    pub(crate) fn get<E: Exchange>(
        &self,
        path_and_query: String,
        seq: &Seq,
        now: Timestamp,
    ) -> Result<Request<Bytes>, RequestError> {
        let ts = Ts::from_unix_seconds(now.unix_seconds());
        let sign = yibeidiao::sign(&self.key, &ts, seq.as_str(), &self.token);
        let build = || {
            Request::get(self.origin.uri(path_and_query)?)
                .header(&KEY, wire::sensitive(self.key.expose())?)
                .header(&TS, ts.as_str())
                .header(&SEQ, seq.as_str())
                .header(&SIGN, wire::sensitive(sign.as_str())?)
                .body(Bytes::new())
        };
        build().map_err(|error| RequestError::new::<E>(&error))
    }

    /// Whether a credential is written in lower case, which the vendor says is all the same to it
    /// and its digests say is not.
    pub(crate) fn has_lower_case(&self) -> bool {
        let lower = |text: &str| text.bytes().any(|b| b.is_ascii_lowercase());
        lower(self.key.expose()) || lower(self.token.expose())
    }

    /// What must not be in any text that is shown.
    pub(crate) fn secrets(&self) -> [&str; 2] {
        [self.key.expose(), self.token.expose()]
    }
}
