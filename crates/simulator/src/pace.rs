//! How many calls an account may make in a second and in a day.

use std::sync::Mutex;

use crate::Options;
use crate::options::Moment;
use crate::sync::lock;

/// The counters of one account.
pub(crate) struct Pace {
    qps: Option<u32>,
    daily_limit: Option<u32>,
    spent: Mutex<Spent>,
}

#[derive(Default)]
struct Spent {
    second: (i64, u32),
    day: (i64, u32),
}

/// Why a call comes too soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TooMany {
    InThisSecond,
    Today,
}

impl Pace {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            qps: options.qps,
            daily_limit: options.daily_limit,
            spent: Mutex::default(),
        }
    }

    /// Takes one call out of both allowances. Refused calls take nothing.
    pub(crate) fn admit(&self, now: Moment) -> Result<(), TooMany> {
        if self.qps.is_none() && self.daily_limit.is_none() {
            return Ok(());
        }
        let mut spent = lock(&self.spent);
        let second = now.unix_seconds();
        // Days end at midnight in China.
        let day = (second + 8 * 3600).div_euclid(86_400);
        if spent.second.0 != second {
            spent.second = (second, 0);
        }
        if spent.day.0 != day {
            spent.day = (day, 0);
        }
        if self.daily_limit.is_some_and(|limit| spent.day.1 >= limit) {
            return Err(TooMany::Today);
        }
        if self.qps.is_some_and(|limit| spent.second.1 >= limit) {
            return Err(TooMany::InThisSecond);
        }
        spent.second.1 += 1;
        spent.day.1 += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_chinese_days() {
        let options = Options {
            qps: Some(2),
            daily_limit: Some(3),
            ..Options::default()
        };
        let pace = Pace::new(&options);
        // 2023-11-14 15:59:58 UTC is two seconds before midnight in China.
        let at = |seconds: i64| pace.admit(Moment((1_699_977_598 + seconds) * 1000));
        assert_eq!(
            [at(0), at(0), at(0)],
            [Ok(()), Ok(()), Err(TooMany::InThisSecond)]
        );
        assert_eq!([at(1), at(1)], [Ok(()), Err(TooMany::Today)]);
        assert_eq!(at(2), Ok(()));
    }
}
