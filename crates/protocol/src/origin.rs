//! The address of a vendor: scheme, host and optional port.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use http::uri::{Authority, InvalidUriParts, Parts, PathAndQuery, Scheme};
use jindiao_words::{Message, Say, say};

/// Scheme, host and optional port of a vendor's gateway; an operation's path is appended to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    https: bool,
    authority: Authority,
}

impl Origin {
    /// The host name, without a port.
    pub fn host(&self) -> &str {
        self.authority.host()
    }

    /// Whether requests to it are encrypted.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The absolute address of `path_and_query`, which starts with `/`.
    pub fn join(&self, path_and_query: &str) -> String {
        format!("{self}{path_and_query}")
    }

    /// The absolute address of `path_and_query`, which starts with `/`, as requests have it.
    ///
    /// # Errors
    /// If HTTP cannot carry it.
    pub fn uri(&self, path_and_query: String) -> Result<Uri, http::Error> {
        let mut parts = Parts::default();
        parts.scheme = Some(if self.https {
            Scheme::HTTPS
        } else {
            Scheme::HTTP
        });
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(PathAndQuery::try_from(path_and_query)?);
        Uri::from_parts(parts).map_err(InvalidUriParts::into)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority)
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let uri: Uri = text.trim().parse().map_err(|_| OriginError::NotAnAddress)?;
        let parts = uri.into_parts();
        let https = match parts.scheme.as_ref().map(Scheme::as_str) {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(OriginError::Scheme),
        };
        let authority = parts.authority.ok_or(OriginError::NotAnAddress)?;
        if authority.as_str().contains('@') {
            return Err(OriginError::Credentials);
        }
        if authority.host().is_empty() {
            return Err(OriginError::NotAnAddress);
        }
        match parts.path_and_query.as_ref().map(PathAndQuery::as_str) {
            None | Some("" | "/") => Ok(Self { https, authority }),
            Some(_) => Err(OriginError::Path),
        }
    }
}

/// Why a text is not the address of a vendor. Never repeats the text, which may hold credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OriginError {
    /// It cannot be read as an address at all.
    NotAnAddress,
    /// The scheme is missing or neither http nor https.
    Scheme,
    /// There is something behind the host and port.
    Path,
    /// There is a user name or password before the host.
    Credentials,
}

impl Say for OriginError {
    fn say(&self) -> Message {
        match self {
            Self::NotAnAddress => {
                say!("not an address; write it as https://host or http://host:port")
            }
            Self::Scheme => say!("the address must start with https:// or http://"),
            Self::Path => {
                say!("give scheme, host and port only: the operation's path is appended")
            }
            Self::Credentials => say!("credentials do not belong into the address"),
        }
    }
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for OriginError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_host_and_port() {
        let check = |text: &str, host: &str, is_https: bool, joined: &str| {
            let origin: Origin = text.parse().expect(text);
            assert_eq!((origin.host(), origin.is_https()), (host, is_https));
            assert_eq!(origin.to_string() + "/a?b=c", joined);
            assert_eq!(origin.join("/a?b=c"), joined);
            let uri = origin.uri("/a?b=c".to_owned()).expect("an address");
            assert_eq!(uri, joined);
        };
        check(
            " http://127.0.0.1:8080/ ",
            "127.0.0.1",
            false,
            "http://127.0.0.1:8080/a?b=c",
        );
        check(
            "https://pro.qcc.com",
            "pro.qcc.com",
            true,
            "https://pro.qcc.com/a?b=c",
        );
        let origin: Origin = "https://h".parse().expect("an origin");
        assert!(origin.uri("/a b".to_owned()).is_err());
    }

    #[test]
    fn what_is_refused() {
        let refused = |text: &str| text.parse::<Origin>().expect_err(text);
        assert_eq!(refused("pro.qcc.com"), OriginError::Scheme);
        assert_eq!(refused("ftp://pro.qcc.com"), OriginError::Scheme);
        assert_eq!(refused("https://pro.qcc.com/api"), OriginError::Path);
        assert_eq!(refused("https://pro.qcc.com?x=1"), OriginError::Path);
        assert_eq!(
            refused("https://id:secret@pro.qcc.com"),
            OriginError::Credentials
        );
        assert_eq!(refused(""), OriginError::NotAnAddress);
        assert_eq!(refused("https://:80"), OriginError::NotAnAddress);
        let said = OriginError::Credentials.to_string();
        assert_eq!(said, "credentials do not belong into the address");
    }
}
