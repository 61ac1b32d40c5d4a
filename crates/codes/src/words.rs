//! The closed sets of words that a row of a table is written in.

use core::error::Error;
use core::fmt;
use core::str::FromStr;

/// A closed set of words with a stable id, an English and a Chinese text for people.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$doc:meta])* $variant:ident = ($id:literal, $en:literal, $zh:literal),)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// All values.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable id in snake_case.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)*
                }
            }

            /// For people who read Chinese.
            pub const fn zh(self) -> &'static str {
                match self {
                    $(Self::$variant => $zh,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self {
                    $(Self::$variant => $en,)*
                })
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($id => Ok(Self::$variant),)*
                    _ => Err(UnknownWord),
                }
            }
        }
    };
}

words! {
    /// How far the trouble behind a code reaches.
    pub enum Scope {
        /// Only this request.
        Request = ("request", "this request", "本次请求"),
        /// Every request about this company, period, record or patent.
        Subject = ("subject", "this subject", "该查询对象"),
        /// Every request of this account to this operation.
        Endpoint = ("endpoint", "this operation", "该接口"),
        /// Every request of this account.
        Account = ("account", "the account", "整个账号"),
        /// Everybody's requests.
        Platform = ("platform", "the vendor's platform", "供应商平台"),
    }
}

words! {
    /// QCC's own classification of its codes.
    ///
    /// No document says in words that valid requests are the ones that are paid for; see
    /// [`Counted`].
    pub enum Class {
        /// 有效请求.
        Valid = ("valid", "valid request (有效请求)", "有效请求"),
        /// 无效请求.
        Invalid = ("invalid", "invalid request (无效请求)", "无效请求"),
    }
}

words! {
    /// Whether the vendor counts a call that was answered with the code.
    ///
    /// No vendor says in words which codes are counted. What stands here is inferred, from QCC's
    /// 有效请求/无效请求 split and from price lists, and is named as such.
    pub enum Counted {
        /// The vendor's documents leave no doubt: it is counted.
        Yes = ("yes", "counted", "计次"),
        /// The vendor's documents leave no doubt: it is not counted.
        No = ("no", "not counted", "不计次"),
        /// Probably counted; inferred.
        Likely = ("likely", "probably counted (inferred)", "很可能计次（推断）"),
        /// Probably not counted; inferred.
        Unlikely = ("unlikely", "probably not counted (inferred)", "很可能不计次（推断）"),
        /// Nothing is known.
        Unknown = ("unknown", "not known whether it is counted", "是否计次未知"),
    }
}

words! {
    /// What a reply with a code proves about a call that charges.
    pub enum Outcome {
        /// The vendor accepted it: what was ordered is placed.
        Done = ("done", "accepted", "已受理"),
        /// The vendor answered that nothing was placed.
        NothingDone = ("nothing_done", "nothing was placed", "未受理"),
        /// It may have been placed: never send it again by itself.
        Unclear = ("unclear", "may have been placed", "可能已受理"),
    }
}

/// The text is none of the stable ids of the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownWord;

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a word of this set")
    }
}

impl Error for UnknownWord {}
