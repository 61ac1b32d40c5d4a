//! Download addresses that expire.

use std::fmt;
use std::time::Duration;

use http::Uri;
use jindiao_words::{Message, Say, say};
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::redact::redacted_link;

/// The longest address that is accepted, in bytes.
const MAX_LEN: usize = 8192;

/// A download address and when it dies.
///
/// The address is signed: whoever has it has the report. `Debug` and `Display` show it without
/// its query values, and without its path where there is no query; only [`Link::url`] gives it
/// whole, for the one request that needs it. A link that has to be written down is written
/// [sealed](Link::sealed).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    #[serde(flatten)]
    address: Address,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Address {
    Url(String),
    /// What only the account that got it can read.
    Sealed(String),
}

impl Link {
    /// Reads a link that was received at `now`.
    ///
    /// The end of its life is read from the address where it says so (`Expires` of Alibaba OSS,
    /// `X-Amz-Date` with `X-Amz-Expires`, `q-sign-time` of Tencent COS). Otherwise it is `now`
    /// plus `life`, the product's documented life; where neither is known the link is taken to
    /// live until it is found dead. Where the product documents a shorter life than the address
    /// says, the address is believed: it is what the store checks.
    ///
    /// # Errors
    /// If the text is no absolute http or https address, has credentials before its host, or is
    /// longer than 8 KiB.
    pub fn parse(text: &str, now: Timestamp, life: Option<Duration>) -> Result<Self, LinkError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(LinkError::Empty);
        }
        if text.len() > MAX_LEN {
            return Err(LinkError::TooLong);
        }
        // Vendors put raw Chinese file names into paths now and then; HTTP wants them encoded.
        let url = encode_non_ascii(text);
        let uri: Uri = url.parse().map_err(|_| LinkError::NotAnAddress)?;
        match uri.scheme_str() {
            Some("http" | "https") => {}
            _ => return Err(LinkError::Scheme),
        }
        let authority = uri.authority().ok_or(LinkError::NotAnAddress)?;
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(LinkError::NotAnAddress);
        }
        let stated = uri.query().and_then(stated_expiry);
        let expires = stated.or_else(|| life.map(|life| now.plus(life)));
        Ok(Self {
            address: Address::Url(url),
            expires,
        })
    }

    /// A link whose address is in `text` in a form that only its owner can read, and that dies at
    /// `expires`. Who seals and opens is the host's business: here is no key.
    pub fn sealed(text: impl Into<String>, expires: Option<Timestamp>) -> Self {
        Self {
            address: Address::Sealed(text.into()),
            expires,
        }
    }

    /// The whole address, signature included: only for the request that downloads it. None while
    /// the link is sealed.
    pub fn url(&self) -> Option<&str> {
        match &self.address {
            Address::Url(url) => Some(url),
            Address::Sealed(_) => None,
        }
    }

    /// The text of a sealed link.
    pub fn sealed_text(&self) -> Option<&str> {
        match &self.address {
            Address::Url(_) => None,
            Address::Sealed(text) => Some(text),
        }
    }

    /// This link with its address, as it was opened, if that is one; it dies when this one does.
    pub fn opened(&self, url: &str) -> Option<Self> {
        let opened = Self::parse(url, Timestamp::EPOCH, None).ok()?;
        Some(Self {
            address: opened.address,
            expires: self.expires,
        })
    }

    /// When the link dies, if that is known.
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// Whether the link is known to be dead at `now`.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.address {
            Address::Url(url) => f.write_str(&redacted_link(url)),
            Address::Sealed(_) => f.write_str("[sealed link]"),
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({self}, expires {:?})", self.expires)
    }
}

/// The end of life that a signed query states, in any of the three known forms.
fn stated_expiry(query: &str) -> Option<Timestamp> {
    let value = |name: &str| {
        query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    };
    let seconds = |text: &str| text.parse::<u32>().ok().map(i64::from);

    if let Some(end) = value("Expires").and_then(seconds) {
        return Some(Timestamp::from_unix_seconds(end));
    }
    if let (Some(start), Some(life)) = (
        value("X-Amz-Date"),
        value("X-Amz-Expires").and_then(seconds),
    ) {
        let start = Timestamp::parse_compact_utc(start).ok()?;
        return Some(start.plus(Duration::from_secs(life.unsigned_abs())));
    }
    if let Some(window) = value("q-sign-time") {
        // `start;end`, where the semicolon may be percent-encoded.
        let mut ends = [";", "%3B", "%3b"].into_iter();
        let (_, end) = ends.find_map(|separator| window.rsplit_once(separator))?;
        return seconds(end).map(Timestamp::from_unix_seconds);
    }
    None
}

fn encode_non_ascii(text: &str) -> String {
    if text.is_ascii() {
        text.to_owned()
    } else {
        percent_encoding::utf8_percent_encode(text, percent_encoding::CONTROLS).to_string()
    }
}

/// Why a text is not a download link. Never repeats the text, which may be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkError {
    /// There is no link where one was promised.
    Empty,
    /// It cannot be read as an absolute address with a host.
    NotAnAddress,
    /// It is neither http nor https.
    Scheme,
    /// It is longer than 8 KiB.
    TooLong,
}

impl Say for LinkError {
    fn say(&self) -> Message {
        match self {
            Self::Empty => say!("the download link is empty"),
            Self::NotAnAddress => say!("the download link is not an address"),
            Self::Scheme => say!("the download link is neither http nor https"),
            Self::TooLong => say!("the download link is longer than 8 KiB"),
        }
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for LinkError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

    fn check(url: &str, life: Option<u64>, expires: Option<i64>) {
        let link = Link::parse(url, NOW, life.map(Duration::from_secs)).expect(url);
        assert_eq!(
            link.expires(),
            expires.map(Timestamp::from_unix_seconds),
            "{url}"
        );
    }

    #[test]
    fn the_address_says_when_it_dies() {
        // The forms of the vendors' own samples (QCC-2023, Yibeidiao's temporary-report page,
        // PatSnap D2, D4, D12).
        check(
            "https://pro-files.qichacha.com/a.zip?Expires=1708137472&OSSAccessKeyId=x&Signature=y",
            Some(60),
            Some(1_708_137_472),
        );
        check(
            "http://s3.example.com/a.xlsx?X-Amz-Date=20221010T112957Z&X-Amz-Expires=604800",
            None,
            Some(1_666_006_197),
        );
        check(
            "https://open.example.com/a.docx?q-sign-time=1700000000;1700604800",
            None,
            Some(1_700_604_800),
        );
        check(
            "https://open.example.com/a.docx?q-sign-time=1700000000%3B1700604800",
            None,
            Some(1_700_604_800),
        );
    }

    #[test]
    fn else_the_product_says() {
        check("https://h/a.pdf", Some(60), Some(1_700_000_060));
        check("https://h/a.pdf", None, None);
        check(
            "https://h/a.pdf?Expires=soon",
            Some(60),
            Some(1_700_000_060),
        );
    }

    #[test]
    fn raw_chinese_in_a_path_is_encoded() {
        let link = Link::parse("https://h/报告.pdf", NOW, None).expect("a link");
        assert_eq!(link.url(), Some("https://h/%E6%8A%A5%E5%91%8A.pdf"));
    }

    #[test]
    fn what_is_no_link() {
        let refused = |text: &str| Link::parse(text, NOW, None).expect_err(text);
        assert_eq!(refused("  "), LinkError::Empty);
        assert_eq!(refused("file:///etc/passwd"), LinkError::NotAnAddress);
        assert_eq!(refused("ftp://h/report.pdf"), LinkError::Scheme);
        assert_eq!(refused("/report.pdf"), LinkError::Scheme);
        assert_eq!(refused("https://user:pass@h/a"), LinkError::NotAnAddress);
        let long = |len: usize| format!("https://h/{}", "a".repeat(len - 10));
        assert_eq!(refused(&long(MAX_LEN + 1)), LinkError::TooLong);
        assert!(Link::parse(&long(MAX_LEN), NOW, None).is_ok());
        let said = LinkError::TooLong.to_string();
        assert_eq!(said, "the download link is longer than 8 KiB");
    }

    #[test]
    fn a_link_dies_at_its_end_and_not_before() {
        let link = Link::parse("https://h/a?Expires=1700000000", NOW, None).expect("a link");
        assert!(link.is_expired(NOW));
        assert!(!link.is_expired(Timestamp::from_unix_seconds(1_699_999_999)));
        let endless = Link::parse("https://h/a", NOW, None).expect("a link");
        assert!(!endless.is_expired(Timestamp::MAX));
    }

    #[test]
    fn a_link_never_shows_its_signature() {
        let link = Link::parse("https://h/a?Signature=S3CR3T", NOW, None).expect("a link");
        assert_eq!(link.to_string(), "https://h/a?Signature=*");
        assert_eq!(
            format!("{link:?}"),
            "Link(https://h/a?Signature=*, expires None)"
        );
    }

    #[test]
    fn a_sealed_link_has_no_address_and_keeps_its_end() {
        let link = Link::sealed("0a1b", Some(NOW));
        assert_eq!((link.url(), link.sealed_text()), (None, Some("0a1b")));
        assert!(link.is_expired(NOW));
        assert_eq!(link.to_string(), "[sealed link]");
        let text = serde_json::to_string(&link).expect("json");
        assert_eq!(
            text,
            r#"{"sealed":"0a1b","expires":"2023-11-14T22:13:20.000Z"}"#
        );
        assert_eq!(serde_json::from_str::<Link>(&text).expect("link"), link);

        // What the address says of its end was heard when the link was sealed.
        let opened = link.opened("https://h/a?Expires=1").expect("an address");
        assert_eq!(opened.url(), Some("https://h/a?Expires=1"));
        assert_eq!((opened.sealed_text(), opened.expires()), (None, Some(NOW)));
        assert_eq!(link.opened("no address"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_a_link_or_an_error(text in ".{0,200}") {
            let _ = Link::parse(&text, NOW, None);
        }

        #[test]
        fn a_link_survives_its_serialised_form(path in "[a-z0-9/]{0,20}", end in 0u32..) {
            let link = Link::parse(&format!("https://h/{path}?Expires={end}"), NOW, None).expect("a link");
            let text = serde_json::to_string(&link).expect("json");
            prop_assert_eq!(serde_json::from_str::<Link>(&text).expect("link"), link);
        }
    }
}
