//! What a report is about: a company, a period, a background-check record, a patent.
//!
//! Each value is checked where it enters and is right from then on. What names a company, a person
//! or a patent does not show its content in `Debug`: such lists are somebody's secret.

mod company;
mod patent;
mod text;

use std::fmt;
use std::str::FromStr;

use jindiao_words::{Message, Say, say};
use serde::{Deserialize, Serialize};

pub use company::{Company, CompanyName, CreditCode, OrgNumber};
pub use patent::{Patent, PatentId, PatentNumber};
use text::{checked_text, tidy, token};

/// What a report is about.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A company, by one or more of its identifiers.
    Company(Company),
    /// The companies that the account monitors, over a period.
    Period(Period),
    /// A background-check record.
    Record(RecordNo),
    /// A patent.
    Patent(Patent),
}

impl Subject {
    /// What people would call it: the first identifier that it has.
    pub fn label(&self) -> &str {
        match self {
            Self::Company(company) => company.label(),
            Self::Period(period) => period.as_str(),
            Self::Record(record) => record.as_str(),
            Self::Patent(patent) => patent.as_str(),
        }
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Company(_) => "Company(…)",
            Self::Period(_) => "Period(…)",
            Self::Record(_) => "Record(…)",
            Self::Patent(_) => "Patent(…)",
        })
    }
}

/// The time over which QCC's risk-monitoring report looks (`reportType`, QCC-2023).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// The last day.
    Day,
    /// The last week.
    Week,
    /// The last month.
    Month,
}

impl Period {
    /// `day`, `week` or `month`, as it is on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

impl FromStr for Period {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match tidy(text).to_ascii_lowercase().as_str() {
            "" => Err(SubjectError::Empty),
            "day" => Ok(Self::Day),
            "week" => Ok(Self::Week),
            "month" => Ok(Self::Month),
            _ => Err(SubjectError::Period),
        }
    }
}

checked_text! {
    /// A Yibeidiao record number (`recordNo`): 23 digits in every sample, which fit no integer.
    RecordNo, |text| token(text, 64, |b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

/// Why a text is not the subject that it was given for. Never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubjectError {
    /// There is nothing.
    Empty,
    /// There are too many characters.
    TooLong {
        /// The most that there may be.
        most: usize,
    },
    /// There is a character that cannot be there.
    Character,
    /// A credit code is not 18 characters long.
    CreditCodeLength {
        /// How many there are.
        length: usize,
    },
    /// The last character of a credit code does not follow from the others: a typing error.
    CheckDigit {
        /// What the last character would have to be.
        expected: char,
    },
    /// It is no period.
    Period,
}

impl Say for SubjectError {
    fn say(&self) -> Message {
        match self {
            Self::Empty => say!("it is empty"),
            Self::TooLong { most } => say!("it is longer than {most} characters", most),
            Self::Character => say!("it has a character that cannot be in it"),
            Self::CreditCodeLength { length } => {
                say!(
                    "a credit code has 18 characters, this one has {length}",
                    length
                )
            }
            Self::CheckDigit { expected } => say!(
                "the check digit is wrong: the first 17 characters call for {expected}; look for a typing error",
                expected
            ),
            Self::Period => say!("the period must be day, week or month"),
        }
    }
}

impl fmt::Display for SubjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for SubjectError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_is_said_in_both_languages() {
        let english = SubjectError::CreditCodeLength { length: 17 }.to_string();
        assert_eq!(english, "a credit code has 18 characters, this one has 17");
        let said = SubjectError::CreditCodeLength { length: 17 }.say();
        assert_eq!(
            said.in_lang(jindiao_words::Lang::Zh),
            "统一社会信用代码应为 18 位，此处为 17 位"
        );
    }

    #[test]
    fn record_numbers_that_a_spreadsheet_rounded_are_refused() {
        assert!("20190415152645093983751".parse::<RecordNo>().is_ok());
        assert_eq!(
            "2.01904E+22".parse::<RecordNo>(),
            Err(SubjectError::Character)
        );
    }

    #[test]
    fn nothing_shows_its_content() {
        let check = |subject: Subject, label: &str, shown: &str| {
            assert_eq!(subject.label(), label);
            assert_eq!(format!("{subject:?}"), shown);
        };
        let company = Company::named("某某公司".parse().expect("a name"));
        assert_eq!(
            format!("{company:?} {:?}", company.name()),
            "Company(…) Some(CompanyName(…))"
        );
        check(Subject::Company(company), "某某公司", "Company(…)");
        check(Subject::Period(Period::Week), "week", "Period(…)");
        let record = "20190415152645093983751";
        check(
            Subject::Record(record.parse().expect("a record")),
            record,
            "Record(…)",
        );
        let patent: Patent = "CN108977442B".parse().expect("a patent");
        assert_eq!(format!("{patent:?}"), "Patent(…)");
        check(Subject::Patent(patent), "CN108977442B", "Patent(…)");
    }

    #[test]
    fn periods() {
        let check = |text: &str, expect| assert_eq!(text.parse::<Period>(), expect, "{text}");
        check("day", Ok(Period::Day));
        check(" Week ", Ok(Period::Week));
        check("MONTH", Ok(Period::Month));
        check("", Err(SubjectError::Empty));
        check("year", Err(SubjectError::Period));
        for period in [Period::Day, Period::Week, Period::Month] {
            check(period.as_str(), Ok(period));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_subject_or_an_error(text in ".{0,250}") {
            let _ = text.parse::<CompanyName>();
            let _ = text.parse::<CreditCode>();
            let _ = text.parse::<OrgNumber>();
            let _ = text.parse::<RecordNo>();
            let _ = text.parse::<Patent>();
            let _ = text.parse::<Period>();
        }
    }
}
