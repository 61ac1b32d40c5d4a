//! Addresses: of downloads and of vendors.

use std::time::Duration;

use http::Uri;
use jindiao_protocol::{Link, Origin, RawLink, Timestamp, redacted_url};

use crate::reply::{NOW, assert_shown};

/// The lives that products document, and one that no calendar holds.
const LIVES: [Option<Duration>; 4] = [
    None,
    Some(Duration::from_secs(60)),
    Some(Duration::from_secs(7 * 24 * 3600)),
    Some(Duration::MAX),
];

/// Any text as a download address, received at some time, and as a vendor's address.
///
/// The first byte chooses the time and the life that the product documents.
pub fn link(data: &[u8]) {
    let Some((choice, text)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let now = [NOW, Timestamp::EPOCH, Timestamp::MAX, NOW][usize::from(choice >> 2 & 3)];
    let life = LIVES[usize::from(choice & 3)];

    assert_redacted(&redacted_url(text));
    let raw = RawLink::new(text, life);
    let _ = format!("{raw:?}");
    match raw.link(now) {
        Ok(link) => assert_good(&link, now, life),
        Err(error) => assert_shown(&error.to_string(), &[]),
    }
    if let Ok(origin) = text.parse::<Origin>() {
        let written = origin.to_string();
        assert_eq!(written.parse(), Ok(origin.clone()));
        assert!(
            !origin.host().is_empty() && !written.contains('@'),
            "{written}"
        );
        let address = origin.join("/oauth/token?a=b");
        assert!(address.parse::<Uri>().is_ok(), "{address}");
    }
}

fn assert_good(link: &Link, now: Timestamp, life: Option<Duration>) {
    let Some(url) = link.url() else {
        return;
    };
    let uri: Uri = url.parse().expect("an address");
    assert!(matches!(uri.scheme_str(), Some("http" | "https")), "{url}");
    let authority = uri.authority().expect("an authority").as_str();
    assert!(!authority.contains('@'), "{url}");
    assert!(uri.host().is_some_and(|host| !host.is_empty()), "{url}");
    assert!(url.is_ascii(), "{url}");

    assert!(life.is_none() || link.expires().is_some(), "{url}");
    if let Some(end) = link.expires() {
        assert!(link.is_expired(end) && end <= Timestamp::MAX, "{end}");
    }
    assert_redacted(&link.to_string());

    let written = serde_json::to_string(link).expect("JSON");
    let read: Link = serde_json::from_str(&written).expect("what was written");
    assert_eq!(&read, link);
    // An address is at most 8 KiB long, and encoding may have made it longer.
    if url.len() <= 8192 {
        assert_eq!(Link::parse(url, now, life).as_ref(), Ok(link));
    }
}

/// Asserts that nothing of a query is shown but names and what is known to be harmless.
fn assert_redacted(shown: &str) {
    assert_shown(shown, &[]);
    let Some((_, query)) = shown.split_once('?') else {
        return;
    };
    for pair in query.split('&') {
        let harmless = match pair.split_once('=') {
            Some((_, value)) => {
                value == "*"
                    || value.len() <= 64
                        && value
                            .bytes()
                            .all(|b| b.is_ascii_alphanumeric() || b"-_.;%".contains(&b))
            }
            None => pair == "*",
        };
        assert!(harmless, "{shown}");
    }
}
