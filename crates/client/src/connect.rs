//! How the default transport connects: how long it may take, through which proxy, trusting whom.

use std::fmt;
use std::time::Duration;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use jindiao_words::{Message, Say, say};
use reqwest::Url;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::host::is_loopback;

/// How long DNS, TCP and TLS together may take unless told otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The schemes that a proxy can have.
const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// How [`HttpTransport`](crate::HttpTransport) connects.
#[derive(Clone)]
pub struct HttpOptions {
    pub(crate) connect_timeout: Duration,
    pub(crate) route: Route,
    /// Beside those of the platform.
    pub(crate) authorities: Vec<CertificateDer<'static>>,
}

/// Which way requests take.
#[derive(Clone)]
pub(crate) enum Route {
    /// As the environment and the system say.
    System,
    /// Straight to the server.
    Direct,
    /// Through this proxy, but to these hosts straight.
    Proxy { url: Url, except: String },
}

impl Default for HttpOptions {
    /// A connect time limit of 5 s, the proxies of the environment and the system, the
    /// authorities of the platform.
    fn default() -> Self {
        Self {
            connect_timeout: CONNECT_TIMEOUT,
            route: Route::System,
            authorities: Vec::new(),
        }
    }
}

impl HttpOptions {
    /// With another limit for DNS, TCP and TLS together.
    #[must_use]
    pub fn with_connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Through no proxy, whatever the environment and the system say.
    #[must_use]
    pub fn without_proxy(mut self) -> Self {
        self.route = Route::Direct;
        self
    }

    /// Through the proxy at `url`, e.g. `http://user:password@proxy:3128` or `socks5h://proxy:1080`,
    /// whatever the environment and the system say; but not to the hosts of `except`, in the form
    /// of `NO_PROXY`, and never to this machine itself.
    ///
    /// # Errors
    /// If `url` is no address of a proxy. The error does not repeat it: it may hold a password.
    pub fn with_proxy(mut self, url: &str, except: &str) -> Result<Self, HttpOptionsError> {
        let mut url: Url = url.parse().map_err(|_| not_a_proxy())?;
        if !SCHEMES.contains(&url.scheme()) || !url.has_host() {
            return Err(not_a_proxy());
        }
        if url.port().is_none() && url.scheme().starts_with("socks") {
            // Fails for addresses without a host only.
            let _ = url.set_port(Some(1080));
        }
        self.route = Route::Proxy {
            url,
            except: except.to_owned(),
        };
        Ok(self)
    }

    /// Trusting the certificate authorities of a PEM file, beside those of the platform.
    ///
    /// # Errors
    /// If there is no certificate in it, or something that is none.
    pub fn with_authorities(mut self, pem: &[u8]) -> Result<Self, HttpOptionsError> {
        let before = self.authorities.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| {
                HttpOptionsError(say!("no file of certificates: {error}", error))
            })?;
            self.authorities.push(certificate);
        }
        let added = self.authorities.get(before..).unwrap_or_default();
        if added.is_empty() {
            return Err(HttpOptionsError(say!(
                "there is no certificate in it: it must be a PEM file, with -----BEGIN CERTIFICATE-----"
            )));
        }
        let mut roots = rustls::RootCertStore::empty();
        for certificate in added {
            roots.add(certificate.clone()).map_err(|error| {
                HttpOptionsError(say!("a certificate in it is broken: {error}", error))
            })?;
        }
        Ok(self)
    }

    /// The proxy that a request to `url` goes through, if it goes through one: scheme, host and
    /// port, never its user and password.
    pub fn proxy_for(&self, url: &str) -> Option<String> {
        let target: Url = url.parse().ok()?;
        if is_loopback(&target) {
            return None;
        }
        let matcher = match &self.route {
            Route::Direct => return None,
            // What reqwest asks, too.
            Route::System => Matcher::from_system(),
            Route::Proxy { url, except } => Matcher::builder()
                .all(url.as_str())
                .no(except.as_str())
                .build(),
        };
        let target: Uri = target.as_str().parse().ok()?;
        let proxy = matcher.intercept(&target)?;
        Some(proxy.uri().to_string().trim_end_matches('/').to_owned())
    }

    /// Whether a text is one that the environment can name a proxy with. What is none is ignored by
    /// whoever reads it, and the calls go straight to the server.
    pub fn is_proxy(text: &str) -> bool {
        let matcher = Matcher::builder().all(text).build();
        matcher
            .intercept(&Uri::from_static("https://example.com/"))
            .is_some()
    }
}

fn not_a_proxy() -> HttpOptionsError {
    HttpOptionsError(say!(
        "not the address of a proxy: write e.g. http://proxy.example:3128, http://user:password@proxy.example:3128 or socks5h://127.0.0.1:1080"
    ))
}

/// Names no user and no password.
impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let route = match &self.route {
            Route::System => "as the system says",
            Route::Direct => "direct",
            Route::Proxy { .. } => "a proxy",
        };
        f.debug_struct("HttpOptions")
            .field("connect_timeout", &self.connect_timeout)
            .field("route", &route)
            .field("authorities", &self.authorities.len())
            .finish()
    }
}

/// Why a way to connect cannot be used. Its text repeats nothing of what was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpOptionsError(Message);

impl Say for HttpOptionsError {
    fn say(&self) -> Message {
        self.0.clone()
    }
}

impl fmt::Display for HttpOptionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for HttpOptionsError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_proxy() {
        let check = |url: &str, expect: Option<&str>| {
            let options = HttpOptions::default().with_proxy(url, "");
            let proxy = options.map(|it| it.proxy_for("https://vendor.example/"));
            assert_eq!(
                proxy.as_ref().ok().and_then(|it| it.as_deref()),
                expect,
                "{url}"
            );
            if let Err(error) = proxy {
                assert!(!error.to_string().contains("S3CR3T"), "{error}");
            }
        };
        check("http://proxy:3128", Some("http://proxy:3128"));
        check("http://me:S3CR3T@proxy:3128/x", Some("http://proxy:3128"));
        check("https://proxy", Some("https://proxy"));
        check("socks5h://me:S3CR3T@proxy", Some("socks5h://proxy:1080"));
        check("socks5://[::1]:9", Some("socks5://[::1]:9"));
        for bad in [
            "",
            "proxy:3128",
            "S3CR3T",
            "ftp://S3CR3T@proxy",
            "socks://S3CR3T@p",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn which_hosts_are_reached_straight() {
        let options = HttpOptions::default()
            .with_proxy("http://me:S3CR3T@proxy:3128", "inside.example,10.0.0.0/8")
            .expect("a proxy");
        let is_straight = |url: &str| options.proxy_for(url).is_none();
        assert!(!is_straight("https://vendor.example/"));
        for straight in [
            "https://a.inside.example/",
            "http://10.1.2.3/",
            "http://127.0.0.1:80/",
            "http://localhost/",
            "no address",
        ] {
            assert!(is_straight(straight), "{straight}");
        }
        assert!(!format!("{options:?}").contains("S3CR3T"));
        let direct = options.without_proxy();
        assert_eq!(direct.proxy_for("https://vendor.example/"), None);
    }

    #[test]
    fn what_a_variable_can_name_a_proxy_with() {
        for good in ["http://p:1", "p:1", "socks5://p", "http://u:S3CR3T@p:1"] {
            assert!(HttpOptions::is_proxy(good), "{good}");
        }
        for bad in ["", "socks://p:1", "ftp://p", "http://", "a b"] {
            assert!(!HttpOptions::is_proxy(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        for bad in [
            "",
            "nothing\n",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
        ] {
            let options = HttpOptions::default().with_authorities(bad.as_bytes());
            assert!(options.is_err(), "{bad}");
        }
    }
}
