//! Who asks, and how a request is signed (Penglai §2).

use std::fmt;

use bytes::Bytes;
use http::{Method, Request};
use jindiao_protocol::{Exchange, Origin, RequestError, Timestamp, wire};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The documented address (Penglai §1).
pub const ORIGIN: &str = "https://api.penglai.example";

/// One account at one address. `Debug` does not show the secret.
#[derive(Debug, Clone)]
pub struct Auth {
    /// Where requests go, usually [`ORIGIN`].
    pub origin: Origin,
    /// The account's name, sent as a header.
    pub account: String,
    /// What is hashed and never sent.
    pub secret: Secret,
}

/// The account's secret: zeroed on drop, and nothing prints it.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the secret as it was issued.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The secret itself: keep it out of logs, errors and files.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Auth {
    /// The signature of a request, in lower-case hex.
    pub fn sign(&self, method: &Method, path: &str, time: i64) -> String {
        let time = time.to_string();
        let mut digest = Sha256::new();
        for part in [
            self.secret.expose(),
            &self.account,
            &time,
            method.as_str(),
            path,
        ] {
            digest.update(part);
            digest.update("\n");
        }
        hex::encode(digest.finalize())
    }

    /// A signed request of `E`.
    pub(crate) fn request<E: Exchange>(
        &self,
        method: &Method,
        path: String,
        now: Timestamp,
        body: Bytes,
    ) -> Result<Request<Bytes>, RequestError> {
        let time = now.unix_seconds();
        let build = || {
            let sign = wire::sensitive(&self.sign(method, &path, time))?;
            Request::builder()
                .method(method)
                .uri(self.origin.uri(path)?)
                .header("X-Account", &self.account)
                .header("X-Time", time)
                .header("X-Sign", sign)
                .header("Content-Type", "application/json")
                .body(body)
        };
        build().map_err(|error| RequestError::new::<E>(&error))
    }
}
