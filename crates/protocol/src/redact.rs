//! Addresses in a form that may be shown.

use http::Uri;
use percent_encoding::{CONTROLS, utf8_percent_encode};

/// Query keys whose values may be shown: they identify what was asked, and sign nothing.
const SHOWN_KEYS: [&str; 8] = [
    "orderNo",
    "job_id",
    "reportType",
    "recordNo",
    "Expires",
    "X-Amz-Date",
    "X-Amz-Expires",
    "q-sign-time",
];

/// `url` with every query value replaced by `*`, unless its key is known to be harmless.
///
/// User information before the host is dropped. A text that is no address gives a fixed text, so
/// that nothing of it can leak.
pub fn redacted_url(url: &str) -> String {
    match url.parse() {
        Ok(uri) => redacted(&uri),
        Err(_) => UNREADABLE.to_owned(),
    }
}

/// A download address as [`redacted_url`] shows it; without a query, its path is all that keeps
/// strangers out, and is not shown.
pub(crate) fn redacted_link(url: &str) -> String {
    match url.parse::<Uri>() {
        Ok(uri) if uri.query().is_none_or(str::is_empty) => origin(&uri) + "/…",
        Ok(uri) => redacted(&uri),
        Err(_) => UNREADABLE.to_owned(),
    }
}

const UNREADABLE: &str = "[unreadable address]";

/// Scheme, host and port, as far as there are any.
fn origin(uri: &Uri) -> String {
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return String::new();
    };
    let mut shown = format!("{scheme}://{}", authority.host());
    if let Some(port) = authority.port() {
        shown.push(':');
        shown.push_str(port.as_str());
    }
    shown
}

fn redacted(uri: &Uri) -> String {
    let mut shown = origin(uri);
    // An address may hold any character from U+0080 on, also those that steer a terminal.
    shown.extend(utf8_percent_encode(uri.path(), CONTROLS));
    for (n, pair) in uri
        .query()
        .into_iter()
        .flat_map(|q| q.split('&'))
        .enumerate()
    {
        shown.push(if n == 0 { '?' } else { '&' });
        // What has no value is no name, either: a bare token, maybe with the padding of base64.
        let (key, value) = pair.split_once('=').unwrap_or_default();
        if SHOWN_KEYS.contains(&key) && is_harmless(value) {
            shown.push_str(key);
            shown.push('=');
            shown.push_str(value);
        } else if is_name(key) && !value.trim_start_matches('=').is_empty() {
            shown.push_str(key);
            shown.push_str("=*");
        } else {
            shown.push('*');
        }
    }
    shown
}

/// Whether a key is one: what is long or odd may be a secret that lost its key.
fn is_name(key: &str) -> bool {
    (1..=40).contains(&key.len())
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

/// Whether a value is a number, an instant or an id and nothing besides: a server may take
/// `Expires=1;Signature=…` for two parameters.
fn is_harmless(value: &str) -> bool {
    value.len() <= 64
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.;%".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_nothing_signs_is_its_path() {
        assert_eq!(redacted_link("https://h:1/S3CR3T.png"), "https://h:1/…");
        assert_eq!(redacted_link("https://h/S3CR3T.png?"), "https://h/…");
        assert_eq!(redacted_link("https://h/a.png?x=1"), "https://h/a.png?x=*");
        assert_eq!(redacted_link("no address"), "[unreadable address]");
    }

    #[test]
    fn signatures_are_not_shown() {
        assert_eq!(
            redacted_url(
                "https://res.example.com/a.pdf?Expires=1555&OSSAccessKeyId=K&Signature=S%3D"
            ),
            "https://res.example.com/a.pdf?Expires=1555&OSSAccessKeyId=*&Signature=*"
        );
        assert_eq!(
            redacted_url("https://id:secret@host:1/x"),
            "https://host:1/x"
        );
        assert_eq!(redacted_url("not an address"), "[unreadable address]");
        assert_eq!(
            redacted_url("https://h/报\u{9b}2J"),
            "https://h/%E6%8A%A5%C2%9B2J"
        );
        assert_eq!(
            redacted_url("https://h/a?0a1b2c3d&dG9rZW4=&dG9rZW4=="),
            "https://h/a?*&*&*"
        );
        assert_eq!(
            redacted_url("https://h/a?Expires=1;Signature=S&q-sign-time=1;2&=S"),
            "https://h/a?Expires=*&q-sign-time=1;2&*"
        );
    }

    #[test]
    fn long_keys_and_values_may_be_secrets() {
        let check = |query: &str, expect: &str| {
            assert_eq!(
                redacted_url(&format!("https://h/?{query}")),
                format!("https://h/?{expect}")
            );
        };
        let long = |len: usize| "a".repeat(len);
        check(&format!("{}=1", long(40)), &format!("{}=*", long(40)));
        check(&format!("{}=1", long(41)), "*");
        check("a.b=1&a-b_c=1", "*&a-b_c=*");
        let id = format!("job_id={}", long(64));
        check(&id, &id);
        check(&format!("job_id={}", long(65)), "job_id=*");
        check("orderNo=A-1_b.c%3B", "orderNo=A-1_b.c%3B");
        check("orderNo=A/1", "orderNo=*");
    }

    proptest::proptest! {
        #[test]
        fn no_value_behind_an_unknown_key_survives(key in "[a-z]{1,8}", value in "S3CR3T[A-Za-z0-9]{8}") {
            let shown = redacted_url(&format!("https://h/p?{key}={value}"));
            proptest::prop_assert!(!shown.contains(&value), "{shown}");
        }
    }
}
