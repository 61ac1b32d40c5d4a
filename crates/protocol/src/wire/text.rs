//! Vendors' words, made fit to be shown.

use std::borrow::Cow;
use std::cmp::Reverse;

/// How much of a vendor's words is kept, in characters.
const VENDOR_TEXT_CHARS: usize = 300;

/// The vendor's words in a form that may be shown: on one line, cut at 300 characters, with each
/// of `secrets` replaced whatever its letter case, so that a vendor that repeats a credential does
/// not leak it.
///
/// `None` if nothing is left.
pub fn vendor_text<'t>(text: &'t str, secrets: &[&str]) -> Option<Cow<'t, str>> {
    let is_in = |secret: &&str| secret.len() >= 4 && holds(text, secret);
    if !secrets.iter().any(is_in) {
        return one_line(text);
    }
    // The longest first: a secret within another one would leave the rest of it readable.
    let mut secrets: Vec<&str> = secrets.iter().copied().filter(|s| s.len() >= 4).collect();
    secrets.sort_by_key(|secret| Reverse(secret.len()));
    let text = secrets
        .iter()
        .fold(text.to_owned(), |text, secret| without(&text, secret));
    one_line(&text).map(|text| Cow::Owned(text.into_owned()))
}

fn one_line(text: &str) -> Option<Cow<'_, str>> {
    if text.len() <= VENDOR_TEXT_CHARS && text.bytes().all(|b| b.is_ascii_graphic()) {
        return (!text.is_empty()).then_some(Cow::Borrowed(text));
    }
    let mut clean = String::with_capacity(text.len().min(4 * VENDOR_TEXT_CHARS));
    for word in text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
    {
        if !clean.is_empty() {
            clean.push(' ');
        }
        clean.push_str(word);
    }
    if let Some((cut, _)) = clean.char_indices().nth(VENDOR_TEXT_CHARS) {
        clean.truncate(cut);
        clean.push('…');
    }
    (!clean.is_empty()).then_some(Cow::Owned(clean))
}

/// `text` with `[redacted]` for every word of exactly 32 hexadecimal digits: the form of MD5
/// signatures, which can be replayed within their life and which a vendor might repeat.
pub fn without_digests(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        if word.len() == 32 && word.bytes().all(|b| b.is_ascii_hexdigit()) {
            clean.push_str("[redacted]");
            clean.push_str(&piece[word.len()..]);
        } else {
            clean.push_str(piece);
        }
    }
    clean
}

/// Whether `secret` is in `text`, ASCII letters in any case.
fn holds(text: &str, secret: &str) -> bool {
    let secret = secret.as_bytes();
    text.as_bytes().windows(secret.len()).any(|window| {
        window[0].eq_ignore_ascii_case(&secret[0]) && window.eq_ignore_ascii_case(secret)
    })
}

/// `text` with `[redacted]` for every `secret` in it, ASCII letters in any case.
fn without(text: &str, secret: &str) -> String {
    let (haystack, needle) = (text.to_ascii_lowercase(), secret.to_ascii_lowercase());
    let mut clean = String::with_capacity(text.len());
    let mut rest = 0;
    // ASCII lower-casing keeps every byte position.
    for (at, found) in haystack.match_indices(&needle) {
        clean.push_str(&text[rest..at]);
        clean.push_str("[redacted]");
        rest = at + found.len();
    }
    clean.push_str(&text[rest..]);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn vendors_words_are_cleaned() {
        let check = |text: &str, secrets: &[&str], expect: Option<&str>| {
            assert_eq!(vendor_text(text, secrets).as_deref(), expect, "{text}");
        };
        check(" a\n\tb\u{0} ", &[], Some("a b"));
        check(" \n", &[], None);
        check("", &[], None);
        check("key KEY1 bad", &["KEY1"], Some("key [redacted] bad"));
        check(
            "长 sKEY1长key1",
            &["KEY1"],
            Some("长 s[redacted]长[redacted]"),
        );
        // The longer one, whole.
        check(
            "KEY1-AND-MORE",
            &["KEY1", "KEY1-AND-MORE"],
            Some("[redacted]"),
        );
        // What is this short is in every text, and tells nothing.
        check("abc", &["", "a", "abc"], Some("abc"));
    }

    #[test]
    fn vendors_words_are_cut() {
        for letter in ["a", "长"] {
            let whole = letter.repeat(VENDOR_TEXT_CHARS);
            assert_eq!(vendor_text(&whole, &[]).as_deref(), Some(&*whole));
            let cut = format!("{whole}…");
            assert_eq!(vendor_text(&(whole + letter), &[]).as_deref(), Some(&*cut));
        }
    }

    #[test]
    fn signatures_are_cut_out_of_words() {
        let check = |text: &str, expect: &str| assert_eq!(without_digests(text), expect);
        let digest = "65F3CB60DDEA32F61A0AA3D06D5AC348";
        check(&format!("签名{digest}错误"), "签名[redacted]错误");
        check(&format!("sign={digest}"), "sign=[redacted]");
        check(&format!("sign={digest}0"), &format!("sign={digest}0"));
        check("20190415152645093983751", "20190415152645093983751");
        check("", "");
    }

    proptest! {
        #[test]
        fn no_secret_is_left(before in ".{0,20}", secret in "[a-zA-Z0-9-]{4,12}", after in ".{0,20}") {
            let text = format!("{before}{secret}{after}");
            let shown = vendor_text(&text, &[&secret]);
            let shown = shown.unwrap_or_default().to_ascii_lowercase().replace("[redacted]", " ");
            prop_assert!(!shown.contains(&secret.to_ascii_lowercase()));
        }
    }
}
