//! What a program does next.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use crate::UnknownWord;

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
    /// Try again after a short pause. A call that charges only if [`Info::outcome`](crate::Info::outcome) says that
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
