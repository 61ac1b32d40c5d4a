//! Where failures become deliveries: what reqwest's errors say about a request that was made.

use std::error::Error as StdError;
use std::io;

use jindiao_protocol::Delivery;
use jindiao_words::say;

use super::gate::GateShut;
use crate::{TransportError, TransportErrorKind};

/// The one place where failures become deliveries.
///
/// `NeverSent` is what surely happened before the first byte of the request: it could not be
/// carried at all, or the connector failed (DNS, TCP, proxy tunnel, TLS, the gate). A request
/// that was handed to a connection, be it new or reused, is `MaybeSent` however it ended. Time
/// that ran out is `MaybeSent` here, too; only for a charge it is known whether its connection
/// stood, see [`Crossing`](super::gate::Crossing).
pub(super) fn of_reqwest(error: &reqwest::Error, trusts_nothing: bool) -> TransportError {
    if find::<GateShut>(error).is_some() {
        return TransportError::too_late();
    }
    let detail = chain(error);
    if error.is_builder() {
        return TransportError::never_sent(TransportErrorKind::Unusable, detail);
    }
    if error.is_connect() {
        if let Some(tls) = find::<rustls::Error>(error) {
            let detail = match tls {
                rustls::Error::InvalidCertificate(_) if trusts_nothing => say!(
                    "{detail}; this machine has no CA certificates: install the package ca-certificates, or name a file in SSL_CERT_FILE",
                    detail
                )
                .to_string(),
                _ => detail,
            };
            return TransportError::never_sent(TransportErrorKind::Tls, detail);
        }
        let kind = if error.is_dns() {
            TransportErrorKind::Dns
        } else {
            TransportErrorKind::Connect
        };
        return TransportError::never_sent(kind, detail);
    }
    let kind = if error.is_timeout() {
        TransportErrorKind::Timeout
    } else {
        TransportErrorKind::Interrupted
    };
    TransportError::maybe_sent(kind, detail)
}

/// A body broke off: the request was surely handed over.
pub(super) fn of_body(error: &reqwest::Error) -> TransportError {
    let mapped = of_reqwest(error, false);
    match mapped.delivery() {
        Delivery::NeverSent => {
            TransportError::maybe_sent(TransportErrorKind::Interrupted, chain(error))
        }
        _ => mapped,
    }
}

/// The texts of an error and its sources on one line, each once.
///
/// reqwest's own text is left out: it may name the whole address.
pub(super) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = if error.is::<reqwest::Error>() {
        error.source()
    } else {
        Some(error)
    };
    while let Some(error) = next {
        next = error.source();
        if error.is::<reqwest::Error>() {
            continue;
        }
        let text = error.to_string();
        // hyper's own frame around what matters.
        if text.starts_with("client error (") {
            continue;
        }
        if !texts.iter().any(|known| known.contains(&text)) {
            texts.push(text);
        }
    }
    texts.join(": ")
}

/// An error of type `T` among the sources of `error`, also inside of I/O errors.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        if let Some(inner) = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            && let Some(found) = find(inner)
        {
            return Some(found);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{Tls, plain_client};
    use super::*;

    /// A client that goes nowhere but where it is told, and trusts nobody.
    fn lone_client() -> reqwest::Client {
        let tls = Tls::of_the_platform(&[]).expect("TLS");
        plain_client(&tls, Duration::from_secs(5))
            .no_proxy()
            .build()
            .expect("a client")
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_was_never_sent() {
        let error = lone_client()
            .get("http://nowhere.invalid/?sign=S3CR3T")
            .send()
            .await
            .expect_err("no such name");
        let error = of_reqwest(&error, false);
        assert_eq!(error.kind(), TransportErrorKind::Dns);
        assert_eq!(error.delivery(), Delivery::NeverSent);
        assert!(!error.to_string().contains("S3CR3T"), "{error}");
    }

    #[test]
    fn errors_are_found_inside_of_io_errors() {
        let untrusted = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let error = io::Error::other(io::Error::other(untrusted.clone()));
        assert_eq!(find::<rustls::Error>(&error), Some(&untrusted));
        assert!(find::<GateShut>(&error).is_none());
    }
}
