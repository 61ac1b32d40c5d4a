#![doc = include_str!("../README.md")]
//!
//! # In a library
//!
//! The Chinese texts are in the [catalogue].
//! A [`Message`] is in no language until somebody chooses one with [`Message::in_lang`]; its `Display` is
//! English. Libraries choose none: their errors implement [`Say`].

mod again;
pub mod catalogue;
mod lang;
mod message;
mod template;

pub use again::{again, again_with};
pub use lang::Lang;
pub use message::{Message, Say};

#[doc(hidden)]
pub use message::{ByDisplay, BySay, Given};
#[doc(hidden)]
pub use template::{Text, Wrong, refuse};

/// A [`Message`] from an English text and named values.
///
/// The text is a literal with placeholders, `{name}`; a brace is written twice. Each value is given as
/// `name = value`, or as `name` for the variable of this name. What implements [`Say`], a message among
/// them, is said in the language of the whole; anything else that implements `Display` is taken as it
/// is.
///
/// A text without Chinese is not compiled:
///
/// ```compile_fail
/// jindiao_words::say!("nobody has translated this");
/// ```
///
/// nor is a placeholder without its value, or a value without its placeholder:
///
/// ```compile_fail
/// jindiao_words::say!("{what}: {count} problems", what = "the list");
/// ```
///
/// ```compile_fail
/// jindiao_words::say!("{what}: {count} problems", what = "the list", count = 3, more = 4);
/// ```
#[macro_export]
macro_rules! say {
    ($english:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        const __TEXT: &$crate::Text =
            &match $crate::Text::of($english, &[$(::core::stringify!($name)),*]) {
                ::core::result::Result::Ok(text) => text,
                ::core::result::Result::Err($crate::Wrong::NoChinese) => $crate::refuse(
                    ::core::concat!("no Chinese in crates/words/src/catalogue for: ", $english),
                ),
                ::core::result::Result::Err($crate::Wrong::English) => $crate::refuse(
                    ::core::concat!("not the placeholders that are given, or a lone brace: ", $english),
                ),
                ::core::result::Result::Err($crate::Wrong::Chinese) => $crate::refuse(
                    ::core::concat!("the Chinese text has other placeholders than: ", $english),
                ),
            };
        #[allow(unused_imports, clippy::allow_attributes, reason = "a value needs one of the two")]
        use $crate::{ByDisplay as _, BySay as _};
        $crate::Message::said(
            __TEXT,
            ::std::vec![$((&$crate::Given(&$crate::value!($name $(= $value)?))).given()),*],
        )
    }};
}

/// What a placeholder of [`say!`] stands for.
#[doc(hidden)]
#[macro_export]
macro_rules! value {
    ($name:ident) => {
        $name
    };
    ($name:ident = $value:expr) => {
        $value
    };
}
