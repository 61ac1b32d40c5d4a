//! What is known of one code.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use core::error::Error;
use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use crate::Vendor;

/// What is known of one code, optionally at one endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Info {
    /// Whose code it is.
    pub vendor: Vendor,
    /// The code as the vendor sends it.
    pub code: &'static str,
    /// A stable name in snake_case, unique among the codes of the vendor at one endpoint.
    pub name: &'static str,
    /// The exchange that this meaning is for, if the code means something else there.
    pub endpoint: Option<&'static str>,
    /// QCC's own classification; the other vendors have none.
    pub class: Option<Class>,
    /// How far the trouble reaches.
    pub scope: Scope,
    /// What a program does next.
    pub advice: Advice,
    /// Whether the vendor counts the call against a quota or a balance.
    pub counted: Counted,
    /// What the code proves about a call that charges.
    pub outcome: Outcome,
    /// What happened, in English.
    pub en: &'static str,
    /// What happened, in Chinese.
    pub zh: &'static str,
    /// What the user can do, in English.
    pub todo_en: &'static str,
    /// What the user can do, in Chinese.
    pub todo_zh: &'static str,
    /// The ids of all documents that list the code; see the vendor's `DOCUMENTS`.
    pub documents: &'static [&'static str],
    /// The vendor's own short texts and the documents that print them. Empty where no document's
    /// words are known.
    pub texts: &'static [VendorText],
    /// Where documents contradict each other, kept visible.
    pub conflicts: &'static [Conflict],
}

impl Info {
    /// A row of a table that is not here, of an [`OtherVendor`](crate::OtherVendor): about the
    /// request alone, and with nothing known of its being counted, until told otherwise.
    ///
    /// `outcome` decides over money: [`Outcome::NothingDone`] lets a charging call be made again.
    /// Where the vendor may have taken the order before it answered, or nobody knows, it is
    /// [`Outcome::Unclear`].
    pub const fn new(
        vendor: Vendor,
        code: &'static str,
        name: &'static str,
        advice: Advice,
        outcome: Outcome,
        en: &'static str,
        zh: &'static str,
    ) -> Self {
        Self {
            vendor,
            code,
            name,
            endpoint: None,
            class: None,
            scope: Scope::Request,
            advice,
            counted: Counted::Unknown,
            outcome,
            en,
            zh,
            todo_en: "",
            todo_zh: "",
            documents: &[],
            texts: &[],
            conflicts: &[],
        }
    }

    /// The same with another reach.
    #[must_use]
    pub const fn with_scope(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// The same with what is known of its being counted.
    #[must_use]
    pub const fn with_counted(self, counted: Counted) -> Self {
        Self { counted, ..self }
    }

    /// The same with what the user can do, in English and in Chinese.
    #[must_use]
    pub const fn with_todo(self, todo_en: &'static str, todo_zh: &'static str) -> Self {
        Self {
            todo_en,
            todo_zh,
            ..self
        }
    }

    /// The same for one exchange only, where the code means something else than elsewhere.
    #[must_use]
    pub const fn at(self, endpoint: &'static str) -> Self {
        Self {
            endpoint: Some(endpoint),
            ..self
        }
    }
}

/// A text that documents print beside a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct VendorText {
    /// The text, as printed.
    pub text: &'static str,
    /// The ids of the documents that print it; see the vendor's `DOCUMENTS`.
    pub documents: &'static [&'static str],
}

/// A contradiction between documents and how it is settled here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// Who says what and which reading is used, in English.
    pub en: &'static str,
    /// The same in Chinese.
    pub zh: &'static str,
}

/// A document or a piece of public code that lists codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// The short id that tables and comments cite.
    pub id: &'static str,
    /// What it is and how far it can be trusted.
    pub title: &'static str,
    /// Whether the vendor published it; otherwise it was seen in other people's code or notes.
    pub official: bool,
}

/// What a program does next after a code.
///
/// The stable text form ([`Advice::text`], [`FromStr`] and serde) is [`Advice::as_str`], and for a
/// cooldown the word and its length: `cooldown 2h` (also `m` and `s`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Advice {
    /// Go on: the call did what it was asked for.
    Proceed,
    /// Ask again later: the vendor is at work.
    Wait,
    /// Try again after a short pause. A call that charges only if [`Info::outcome`] says that
    /// nothing was placed.
    Retry,
    /// Try again, with more time between calls; for a call that charges see [`Advice::Retry`].
    SlowDown,
    /// Try again after midnight, China time.
    NextDay,
    /// Leave this subject alone for so long.
    Cooldown(Duration),
    /// Sign again, or fetch a fresh token, and try once more.
    Reauthenticate,
    /// The same request will fail again: change it.
    FixRequest,
    /// A person has to see to the account: keys, address, permissions, quota, money, clock.
    /// Afterwards the same request can go through.
    FixAccount,
    /// Nothing is left to try.
    GiveUp,
}

impl Advice {
    /// The stable id in snake_case; `cooldown` whatever its length.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proceed => "proceed",
            Self::Wait => "wait",
            Self::Retry => "retry",
            Self::SlowDown => "slow_down",
            Self::NextDay => "next_day",
            Self::Cooldown(_) => "cooldown",
            Self::Reauthenticate => "reauthenticate",
            Self::FixRequest => "fix_request",
            Self::FixAccount => "fix_account",
            Self::GiveUp => "give_up",
        }
    }

    /// The stable text form, e.g. `fix_account` or `cooldown 2h`.
    pub fn text(self) -> Cow<'static, str> {
        match self {
            Self::Cooldown(length) => Cow::Owned(format!("cooldown {}", length_text(length))),
            other => Cow::Borrowed(other.as_str()),
        }
    }

    /// What to do next, for people who read Chinese.
    pub fn zh(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Proceed => "继续",
            Self::Wait => "等待后再查询",
            Self::Retry => "稍后重试",
            Self::SlowDown => "降低频率后重试",
            Self::NextDay => "北京时间次日零点后再试",
            Self::Cooldown(length) => {
                return Cow::Owned(format!("{} 内不要再查询该对象", length_text(length)));
            }
            Self::Reauthenticate => "重新签名或获取新令牌",
            Self::FixRequest => "修改请求",
            Self::FixAccount => "处理账号问题",
            Self::GiveUp => "放弃",
        })
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Proceed => "go on",
            Self::Wait => "wait and ask again",
            Self::Retry => "try again shortly",
            Self::SlowDown => "slow down and try again",
            Self::NextDay => "try again after midnight, China time",
            Self::Cooldown(length) => {
                return write!(f, "leave this subject alone for {}", length_text(*length));
            }
            Self::Reauthenticate => "sign again or fetch a fresh token",
            Self::FixRequest => "change the request",
            Self::FixAccount => "see to the account",
            Self::GiveUp => "give up",
        })
    }
}

impl FromStr for Advice {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const PLAIN: [Advice; 9] = [
            Advice::Proceed,
            Advice::Wait,
            Advice::Retry,
            Advice::SlowDown,
            Advice::NextDay,
            Advice::Reauthenticate,
            Advice::FixRequest,
            Advice::FixAccount,
            Advice::GiveUp,
        ];
        if let Some(length) = text.strip_prefix("cooldown ") {
            return parse_length(length).map(Self::Cooldown).ok_or(UnknownWord);
        }
        PLAIN
            .into_iter()
            .find(|advice| advice.as_str() == text)
            .ok_or(UnknownWord)
    }
}

/// Whole hours, minutes or seconds, whichever is shortest; parts of a second are dropped.
fn length_text(length: Duration) -> String {
    let seconds = length.as_secs();
    if seconds > 0 && seconds.is_multiple_of(3600) {
        format!("{}h", seconds / 3600)
    } else if seconds > 0 && seconds.is_multiple_of(60) {
        format!("{}m", seconds / 60)
    } else {
        format!("{seconds}s")
    }
}

fn parse_length(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let factor = match unit {
        "h" => 3600,
        "m" => 60,
        "s" => 1,
        _ => return None,
    };
    let number: u64 = number.parse().ok()?;
    number.checked_mul(factor).map(Duration::from_secs)
}

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
