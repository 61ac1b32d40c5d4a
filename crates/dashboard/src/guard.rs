//! Who may ask: the token, and whether a request comes from our own page.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderValue, header};
use subtle::ConstantTimeEq as _;

/// What lets a browser read the page and decide: 256 random bits, new for each start.
///
/// It stands behind the `#` of the address, which no browser sends and no log keeps; the page puts
/// it into the header of its own requests. It is in no cookie, since cookies are shared by
/// all ports of a host.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub fn random() -> io::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Self(hex::encode(bytes)))
    }

    /// The text, for the address that the user opens.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether a request brings it as `Authorization: Bearer …`, compared in constant time.
    pub(crate) fn is_brought(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION);
        let given = given.and_then(|it| it.as_bytes().strip_prefix(b"Bearer "));
        given.is_some_and(|given| self.0.as_bytes().ct_eq(given).into())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token([redacted])")
    }
}

/// Whether the request was sent to us by our own address. A name that was turned to this machine
/// to get around the browser's rules (DNS rebinding) is none of ours: only addresses count, and at
/// a loopback address also `localhost`.
pub(crate) fn is_own_host(headers: &HeaderMap, addr: SocketAddr) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    host.to_str().is_ok_and(|host| is_own(host, addr))
}

fn is_own(host: &str, addr: SocketAddr) -> bool {
    let (name, port) = match host.parse::<SocketAddr>() {
        Ok(at) => (at.ip().to_string(), Some(at.port())),
        Err(_) => match host.rsplit_once(':') {
            Some((name, port)) if !name.contains(':') => match port.parse() {
                Ok(port) => (name.to_owned(), Some(port)),
                Err(_) => return false,
            },
            _ => (host.trim_matches(['[', ']']).to_owned(), None),
        },
    };
    if port.unwrap_or(80) != addr.port() {
        return false;
    }
    match name.parse::<IpAddr>() {
        Ok(ip) if addr.ip().is_loopback() => ip.is_loopback(),
        Ok(ip) => addr.ip().is_unspecified() || ip == addr.ip(),
        Err(_) => addr.ip().is_loopback() && name.eq_ignore_ascii_case("localhost"),
    }
}

/// Whether the request comes from a page of ours: its origin is the host that it was sent to.
pub(crate) fn is_own_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|it| it.to_str().ok());
    let (Some(origin), Some(host)) = (text(header::ORIGIN), text(header::HOST)) else {
        return false;
    };
    let is_same = origin
        .strip_prefix("http://")
        .is_some_and(|it| it.eq_ignore_ascii_case(host));
    is_same && !is_foreign(headers)
}

/// Whether the browser says that another site has a hand in it.
pub(crate) fn is_foreign(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    !matches!(site, None | Some(b"same-origin" | b"none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_address_is_answered() {
        let check = |host: &str, addr: &str, expect| {
            let addr = addr.parse().expect("an address");
            assert_eq!(is_own(host, addr), expect, "{host} at {addr}");
        };
        for good in [
            "127.0.0.1:8787",
            "localhost:8787",
            "LOCALHOST:8787",
            "[::1]:8787",
        ] {
            check(good, "127.0.0.1:8787", true);
        }
        for bad in [
            "",
            ":8787",
            "127.0.0.1",
            "127.0.0.1:8788",
            "127.0.0.1:8787:8787",
            "evil.example:8787",
            "127.0.0.1.evil.example:8787",
            "localhost.evil.example:8787",
            "192.168.1.7:8787",
            "127.0.0.1:x",
        ] {
            check(bad, "127.0.0.1:8787", false);
        }
        check("127.0.0.1", "127.0.0.1:80", true);
        check("192.168.1.7:8787", "192.168.1.7:8787", true);
        check("192.168.1.7:8787", "0.0.0.0:8787", true);
        check("server.example:8787", "0.0.0.0:8787", false);
        check("localhost:8787", "192.168.1.7:8787", false);
    }

    #[test]
    fn only_our_own_page_may_change_something() {
        let check = |origin: &str, site: &str, expect| {
            let mut headers = HeaderMap::new();
            headers.insert("host", "127.0.0.1:1".parse().expect("a value"));
            for (name, value) in [("origin", origin), ("sec-fetch-site", site)] {
                if !value.is_empty() {
                    headers.insert(name, value.parse().expect("a value"));
                }
            }
            assert_eq!(is_own_page(&headers), expect, "{origin} {site}");
        };
        check("http://127.0.0.1:1", "same-origin", true);
        check("http://127.0.0.1:1", "", true);
        check("http://127.0.0.1:1", "cross-site", false);
        check("http://127.0.0.1:1", "same-site", false);
        check("http://127.0.0.1:2", "same-origin", false);
        check("https://127.0.0.1:1", "", false);
        check("null", "", false);
        check("", "same-origin", false);
    }

    #[test]
    fn a_token_is_random_and_told_to_nobody() {
        let (one, other) = (Token::random(), Token::random());
        let (one, other) = (one.expect("a token"), other.expect("a token"));
        assert_ne!(one.expose(), other.expose());
        assert_eq!(one.expose().len(), 64);
        assert_eq!(format!("{one:?}"), "Token([redacted])");
        let brings = |text: String| {
            let mut headers = HeaderMap::new();
            headers.insert("authorization", text.parse().expect("a value"));
            one.is_brought(&headers)
        };
        assert!(brings(format!("Bearer {}", one.expose())));
        assert!(!brings(format!("Bearer {}", other.expose())));
        assert!(!brings(format!("Bearer {}0", one.expose())));
        assert!(!brings(one.expose().to_owned()));
        assert!(!brings("Bearer ".to_owned()));
        assert!(!one.is_brought(&HeaderMap::new()));
    }
}
