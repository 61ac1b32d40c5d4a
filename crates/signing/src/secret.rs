//! Credentials as types that cannot be printed.

use alloc::string::String;
use core::fmt;

use zeroize::Zeroize as _;

/// Defines credentials: `[redacted]` in `Debug`, no `Display`, zeroed on drop.
macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident = $what:literal, $form:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(alloc::string::String);

        impl $name {
            /// Takes a credential as the vendor issued it.
            ///
            /// # Errors
            /// Where it is empty, holds white space (also at its ends, which is what copying
            /// leaves) or anything else but visible ASCII, or lacks the form that the type asks
            /// for. The error never repeats the value.
            pub fn new(
                text: impl Into<alloc::string::String>,
            ) -> Result<Self, crate::InvalidSecret> {
                crate::secret::checked($what, $form, text.into()).map(Self)
            }

            /// The credential itself: keep it out of logs, errors and files.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        crate::secret::guarded!($name);
    )*};
}

/// What every text that must not be printed has in common.
macro_rules! guarded {
    ($name:ident) => {
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("[redacted]")
            }
        }

        /// Takes constant time for equal lengths.
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                subtle::ConstantTimeEq::ct_eq(self.0.as_bytes(), other.0.as_bytes()).into()
            }
        }

        impl Eq for $name {}

        impl Drop for $name {
            fn drop(&mut self) {
                zeroize::Zeroize::zeroize(&mut self.0);
            }
        }
    };
}

pub(crate) use {guarded, secrets};

/// What a credential has to look like beyond being visible ASCII.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    Any,
    /// No colon: it ends the user name of HTTP Basic (RFC 7617).
    NoColon,
    /// Starts with this, and something follows.
    Prefix(&'static str),
}

/// Why a text is no credential. Never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidSecret {
    what: &'static str,
    fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Empty,
    Character,
    Colon,
    Prefix(&'static str),
}

impl InvalidSecret {
    /// The vendor's name of the credential, e.g. `QCC SecretKey`.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// Whether there was no text at all.
    pub fn is_empty(&self) -> bool {
        self.fault == Fault::Empty
    }

    /// Whether it holds a colon, which ends the user name of HTTP Basic.
    pub fn has_colon(&self) -> bool {
        self.fault == Fault::Colon
    }

    /// What it should begin with, where it does not.
    pub fn lacks_prefix(&self) -> Option<&'static str> {
        match self.fault {
            Fault::Prefix(prefix) => Some(prefix),
            _ => None,
        }
    }
}

impl fmt::Display for InvalidSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.what;
        match self.fault {
            Fault::Empty => write!(f, "the {what} is empty"),
            Fault::Character => write!(
                f,
                "the {what} holds white space or another character that is not visible ASCII; \
                 was something copied with it?"
            ),
            Fault::Colon => write!(f, "the {what} holds a colon, which HTTP Basic cannot carry"),
            Fault::Prefix(prefix) => write!(f, "the {what} does not start with `{prefix}`"),
        }
    }
}

impl core::error::Error for InvalidSecret {}

/// Takes `text` if it may travel in a header or a query, else zeroes it.
pub(crate) fn checked(
    what: &'static str,
    form: Form,
    mut text: String,
) -> Result<String, InvalidSecret> {
    match fault(form, &text) {
        None => Ok(text),
        Some(fault) => {
            text.zeroize();
            Err(InvalidSecret { what, fault })
        }
    }
}

fn fault(form: Form, text: &str) -> Option<Fault> {
    if text.is_empty() {
        return Some(Fault::Empty);
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(Fault::Character);
    }
    match form {
        Form::Any => None,
        Form::NoColon => text.contains(':').then_some(Fault::Colon),
        Form::Prefix(prefix) => {
            let rest = text.strip_prefix(prefix).unwrap_or_default();
            rest.is_empty().then_some(Fault::Prefix(prefix))
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString as _;

    use super::InvalidSecret;
    use crate::{patsnap, qcc, yibeidiao};
    use proptest::prelude::*;

    /// What an error says in words and in predicates, of which one at most holds.
    fn check(error: InvalidSecret, what: &str, why: &str) {
        assert_eq!(error.what(), what);
        let said = error.to_string();
        assert!(said.contains(what) && said.contains(why), "{said}");
        assert_eq!(error.is_empty(), why == "is empty", "{said}");
        assert_eq!(error.has_colon(), why == "holds a colon", "{said}");
        let prefix = (why == "does not start with `sk-`").then_some("sk-");
        assert_eq!(error.lacks_prefix(), prefix, "{said}");
    }

    #[test]
    fn what_is_refused() {
        let refused = |text: &str, why: &str| {
            let error = qcc::SecretKey::new(text).expect_err(text);
            check(error, "QCC SecretKey", why);
        };
        refused("", "is empty");
        refused("FAKE\n", "visible ASCII");
        refused(" FAKE", "visible ASCII");
        refused("FA KE", "visible ASCII");
        refused("FAKE\u{0}", "visible ASCII");
        refused("假的", "visible ASCII");
    }

    #[test]
    fn an_api_key_starts_with_sk() {
        assert!(patsnap::ApiKey::new("sk-fake").is_ok());
        for text in ["sk-", "SK-fake", "fake"] {
            let error = patsnap::ApiKey::new(text).expect_err(text);
            check(error, "PatSnap API key", "does not start with `sk-`");
        }
    }

    #[test]
    fn a_colon_would_end_the_user_name() {
        let error = patsnap::ClientId::new("fake:id").expect_err("a colon");
        check(error, "PatSnap client id", "holds a colon");
        assert!(patsnap::ClientSecret::new("fake:secret").is_ok());
    }

    #[test]
    fn equal_means_the_same_text() {
        let token = |text: &str| yibeidiao::Token::new(text).expect("a token");
        assert_eq!(token("FAKE"), token("FAKE"));
        assert_ne!(token("FAKE"), token("fake"));
        assert_ne!(token("FAKE"), token("FAKE1"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn debug_says_nothing(text in "sk-[!-~]{1,40}") {
            let shown = format!(
                "{:?} {:?} {:?}",
                patsnap::ApiKey::new(text.clone()),
                qcc::AppKey::new(text.clone()),
                yibeidiao::Token::new(text),
            );
            prop_assert_eq!(shown, "Ok([redacted]) Ok([redacted]) Ok([redacted])");
        }

        #[test]
        fn an_error_never_repeats_the_value(text in "[0-9]{12} ") {
            let error = patsnap::ApiKey::new(text.clone()).expect_err("a blank");
            let shown = format!("{error} {error:?}");
            prop_assert!(!shown.contains(text.trim()));
        }
    }
}
