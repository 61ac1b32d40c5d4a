//! Lenient reading of the JSON that vendors write.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The longest identifier, in bytes: several times any in the vendors' samples.
const ID_LEN: usize = 128;

/// A JSON value of a type that the vendor has not made up its mind about.
///
/// Borrowed from the body, as far as that has it letter for letter. Use with `#[serde(default)]`, for
/// a field that is absent is the same as `null`, and with `#[serde(borrow)]`. `Debug` shows no
/// content: the fields of replies hold tokens, signed addresses and companies.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Loose<'a> {
    /// `null`, or not there.
    #[default]
    Null,
    /// A string.
    Text(Cow<'a, str>),
    /// A number, as it was written.
    Number(&'a str),
    /// A boolean.
    Bool(bool),
    /// An object or array, as it was written.
    Nested(&'a str),
}

impl fmt::Debug for Loose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Number(text) => write!(f, "Number({} bytes)", text.len()),
            Self::Bool(value) => write!(f, "Bool({value})"),
            Self::Nested(text) => write!(f, "Nested({} bytes)", text.len()),
        }
    }
}

impl Loose<'_> {
    /// The text of a string, number or boolean, trimmed; `None` for null, empty and nested values.
    pub fn text(&self) -> Option<&str> {
        let text = match self {
            Self::Text(text) => trimmed(text),
            Self::Number(text) => text,
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::Null | Self::Nested(_) => "",
        };
        (!text.is_empty()).then_some(text)
    }

    /// An identifier: 1 to 128 visible ASCII characters in a string, or a number written as plain
    /// digits.
    ///
    /// A number with a fraction or an exponent has lost its digits before it came here and is no
    /// identifier; nor is a text that would steer a terminal or fit no address.
    pub fn id(&self) -> Option<&str> {
        let text = self.text()?;
        let is_id = match self {
            Self::Number(digits) => digits.bytes().all(|b| b.is_ascii_digit()),
            Self::Bool(_) => false,
            _ => text.bytes().all(|b| b.is_ascii_graphic()),
        };
        (is_id && text.len() <= ID_LEN).then_some(text)
    }

    /// A small whole number, written as a number or as a string.
    pub fn integer(&self) -> Option<i64> {
        self.text()?.parse().ok()
    }

    /// A truth value: a boolean, or `"true"` / `"false"` in any case.
    pub fn truth(&self) -> Option<bool> {
        if let Self::Bool(value) = self {
            return Some(*value);
        }
        match self.text()? {
            text if text.eq_ignore_ascii_case("true") => Some(true),
            text if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// The value as an object: written as one, or as JSON inside a string.
    ///
    /// Never an array, which serde would read into a struct by position.
    pub fn object<'s, T: Deserialize<'s>>(&'s self) -> Option<T> {
        let text: &str = match self {
            Self::Nested(text) => text,
            Self::Text(text) => text,
            _ => return None,
        };
        object(text)
    }

    /// Whether there is nothing: null, not there, an empty string, `{}` or `[]`.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.trim().is_empty(),
            // The brackets, and something between them or not.
            Self::Nested(text) => {
                let ink = text.bytes().filter(|b| !b.is_ascii_whitespace());
                ink.take(3).count() == 2
            }
            Self::Number(_) | Self::Bool(_) => false,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        Ok(match text.as_bytes().first() {
            Some(b'"') => Self::Text(unquoted(text).map_err(serde::de::Error::custom)?),
            Some(b'{' | b'[') => Self::Nested(text),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') | None => Self::Null,
            Some(_) => Self::Number(text),
        })
    }
}

/// An object with whatever names, each of them once.
///
/// A name that is there twice makes the object unreadable: which of the two is meant is a matter of
/// the reader's taste, and it may be the one code that says that nothing was charged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Object<'a>(Vec<(Cow<'a, str>, Loose<'a>)>);

impl<'a> Object<'a> {
    /// The value of this name, letter for letter.
    pub fn get(&self, name: &str) -> Option<&Loose<'a>> {
        let found = self.0.binary_search_by(|(known, _)| (**known).cmp(name));
        found.ok().map(|at| &self.0[at].1)
    }

    /// All names with their values, in the order of the alphabet.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Loose<'a>)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// Whether there are no names.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut object = Vec::with_capacity(8);
                while let Some((Name(name), value)) = map.next_entry()? {
                    object.push((name, value));
                }
                object.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
                if object.windows(2).any(|pair| pair[0].0 == pair[1].0) {
                    return Err(serde::de::Error::custom("a name is there twice"));
                }
                Ok(Object(object))
            }
        }

        deserializer.deserialize_map(Names)
    }
}

/// Reads a body as a JSON object of type `T`, forgiving a byte-order mark before it.
///
/// `None` if it is anything else, also an array, which serde would read into a struct by position:
/// the caller makes a [`ReplyError`](crate::ReplyError) of it.
pub fn json<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Option<T> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    object(std::str::from_utf8(body).ok()?)
}

fn object<'de, T: Deserialize<'de>>(text: &'de str) -> Option<T> {
    let is_object = text.trim_ascii_start().starts_with('{');
    is_object.then(|| serde_json::from_str(text).ok()).flatten()
}

/// `text` without white space around it. Most texts have none, which two bytes show.
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// What stands within the quotes of a JSON string that has been read as one.
fn unquoted(text: &str) -> serde_json::Result<Cow<'_, str>> {
    let inner = text.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    match inner.filter(|inner| memchr::memchr(b'\\', inner.as_bytes()).is_none()) {
        Some(plain) => Ok(Cow::Borrowed(plain)),
        None => serde_json::from_str(text).map(Cow::Owned),
    }
}

/// A string, borrowed where nothing in it is escaped.
#[derive(Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn loose(json: &str) -> Loose<'_> {
        serde_json::from_str(json).expect(json)
    }

    #[test]
    fn debug_shows_no_content() {
        let check = |json: &str, shown: &str| assert_eq!(format!("{:?}", loose(json)), shown);
        check(r#""S3CR3T""#, "Text(6 bytes)");
        check("31337", "Number(5 bytes)");
        check(r#"{"token":"S3CR3T"}"#, "Nested(18 bytes)");
        check("true", "Bool(true)");
        check("null", "Null");
    }

    #[test]
    fn every_spelling_of_a_scalar() {
        assert_eq!(loose("\"200\"").text(), Some("200"));
        assert_eq!(loose("200").text(), Some("200"));
        assert_eq!(loose("true").truth(), Some(true));
        assert_eq!(loose("\"True\"").truth(), Some(true));
        assert_eq!(loose("\"False\"").truth(), Some(false));
        assert_eq!(loose("\" 3 \"").integer(), Some(3));
        for around in ["\" a\"", "\"a \"", "\"\u{3000}a\""] {
            assert_eq!(loose(around).text(), Some("a"), "{around}");
        }
        for nothing in ["null", "\"\"", "\"  \"", "{}", "[]", "{ }"] {
            assert!(loose(nothing).is_empty(), "{nothing}");
            assert_eq!(loose(nothing).text(), None, "{nothing}");
        }
        for something in ["0", "false", "\"0\"", "[0]", r#"{"a":0}"#, "[[]]"] {
            assert!(!loose(something).is_empty(), "{something}");
        }
        assert_eq!(
            (loose("true").text(), loose("false").text()),
            (Some("true"), Some("false"))
        );
        assert_eq!((loose("true").integer(), loose("7").truth()), (None, None));
    }

    #[test]
    fn ids_keep_their_digits_or_are_none() {
        assert_eq!(
            loose("1579434053399035904").id(),
            Some("1579434053399035904")
        );
        assert_eq!(
            loose("20190415152645093983751").id(),
            Some("20190415152645093983751")
        );
        assert_eq!(loose("\"a1b2\"").id(), Some("a1b2"));
        assert_eq!(loose("1.579434053399036E+18").id(), None);
        assert_eq!(loose("true").id(), None);
        assert_eq!(loose(r#""JK\u001b[2J""#).id(), None);
        assert_eq!(loose("\"JK DAY\"").id(), None);
        assert_eq!(loose("\"编号\"").id(), None);
        let id = |len: usize| loose(&"7".repeat(len)).id().map(str::len);
        assert_eq!((id(128), id(129)), (Some(128), None));
    }

    #[test]
    fn an_object_may_hide_in_a_string() {
        #[derive(Deserialize)]
        struct A<'a> {
            #[serde(borrow)]
            a: Loose<'a>,
        }
        for json in [r#"{"a":1}"#, r#""{\"a\":1}""#, r#"" {\"a\":1}""#] {
            let value = loose(json);
            let a: A = value.object().expect(json);
            assert_eq!(a.a.text(), Some("1"), "{json}");
        }
        assert!(loose("\"x\"").object::<A>().is_none());
        assert!(loose("[1]").object::<A>().is_none());
        assert!(json::<A>(b"[1]").is_none());
        assert!(json::<A>(b"\xEF\xBB\xBF {\"a\":1}").is_some());
    }

    #[test]
    fn a_name_that_is_there_twice_is_no_object() {
        let read = |text: &'static str| json::<Object>(text.as_bytes());
        let object = read(r#"{"a":1,"A":2}"#).expect("an object");
        assert_eq!(object.get("A").and_then(Loose::text), Some("2"));
        assert_eq!(object.iter().count(), 2);
        assert!(!object.is_empty());
        assert!(read("{}").is_some_and(|object| object.is_empty()));
        for twice in [r#"{"a":1,"a":1}"#, r#"{"a":1,"b":2,"\u0061":3}"#] {
            assert_eq!(read(twice), None, "{twice}");
        }
        assert!(loose(r#"{"a":{"b":1},"a":2}"#).object::<Object>().is_none());
        let error = serde_json::from_str::<Object>("7").expect_err("a number");
        assert!(error.to_string().contains("expected an object"), "{error}");
    }

    #[test]
    fn strings_are_what_json_says() {
        for (json, expect) in [
            (r#""a/b?c=1&d=长""#, Some("a/b?c=1&d=长")),
            (r#""""#, None),
            (r#""\u0061\/\"b\\""#, Some(r#"a/"b\"#)),
        ] {
            assert_eq!(loose(json).text(), expect, "{json}");
        }
        for broken in ["\"a\nb\"", r#""\ud800""#, r#""\x""#, "\"a", "\""] {
            assert!(serde_json::from_str::<Loose>(broken).is_err(), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_json_or_none(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = json::<Loose>(&body);
        }

        #[test]
        fn numbers_keep_their_text(n in any::<u128>()) {
            let text = n.to_string();
            let read = loose(&text);
            prop_assert_eq!(read.id(), Some(text.as_str()));
        }
    }
}
