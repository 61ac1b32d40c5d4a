//! Who asks, and how a request is signed.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use jindiao_protocol::{Exchange, Origin, RequestError, Timestamp, wire};
use jindiao_signing::qcc::{self, AppKey, SecretKey};

/// The professional edition (专业版), which has all operations of this crate (QCC-2018, QCC-2023).
pub const ORIGIN: &str = "https://pro.qcc.com";

/// The open platform: it has [`GetEciImage`](crate::GetEciImage), under another path, and no risk
/// reports.
pub const OPEN_ORIGIN: &str = "https://api.qichacha.com";

static TOKEN: HeaderName = HeaderName::from_static("token");
static TIMESPAN: HeaderName = HeaderName::from_static("timespan");

/// One account at one address. `Debug` shows neither the key nor the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    /// Where requests go, usually [`ORIGIN`].
    pub origin: Origin,
    /// The `key`, in the query of every request.
    pub key: AppKey,
    /// The `SecretKey`, which is hashed and never sent.
    pub secret: SecretKey,
}

impl Auth {
    /// The account of `key` and `secret` at `origin`.
    pub fn new(origin: Origin, key: AppKey, secret: SecretKey) -> Self {
        Self {
            origin,
            key,
            secret,
        }
    }

    /// A signed `GET` of `path` with the query parameters `query`, each a name and a raw value.
    pub(crate) fn get<E: Exchange>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        now: Timestamp,
    ) -> Result<Request<Bytes>, RequestError> {
        let key = ("key", self.key.expose());
        let query = [key].into_iter().chain(query.iter().copied());
        let target = wire::target(path, query);
        let signature = qcc::sign(&self.key, &self.secret, now.unix_seconds());
        let build = || {
            let token = wire::sensitive(signature.token.as_str())?;
            let timespan = HeaderValue::from_str(signature.timespan.as_str())?;
            let mut request = Request::new(Bytes::new());
            *request.uri_mut() = self.origin.uri(target)?;
            request.headers_mut().insert(&TOKEN, token);
            request.headers_mut().insert(&TIMESPAN, timespan);
            Ok::<_, http::Error>(request)
        };
        build().map_err(|error| RequestError::new::<E>(&error))
    }

    /// What must not be in any text that is shown.
    pub(crate) fn secrets(&self) -> [&str; 2] {
        [self.key.expose(), self.secret.expose()]
    }
}
