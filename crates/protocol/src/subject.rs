//! What a report is about: a company, a period, a background-check record, a patent.
//!
//! Each value is checked where it enters and is right from then on. None of them shows its
//! content in `Debug`: lists of companies and people are somebody's secret.

use std::fmt;
use std::str::FromStr;

use jindiao_words::{Message, Say, say};
use serde::{Deserialize, Serialize};

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

/// A company with at least one identifier.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "CompanyFields", into = "CompanyFields")]
pub struct Company {
    name: Option<CompanyName>,
    credit_code: Option<CreditCode>,
    org_number: Option<OrgNumber>,
}

#[derive(Serialize, Deserialize)]
struct CompanyFields {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<CompanyName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credit_code: Option<CreditCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    org_number: Option<OrgNumber>,
}

impl Company {
    /// A company by what is known of it; `None` if nothing is.
    pub fn new(
        name: Option<CompanyName>,
        credit_code: Option<CreditCode>,
        org_number: Option<OrgNumber>,
    ) -> Option<Self> {
        (name.is_some() || credit_code.is_some() || org_number.is_some()).then_some(Self {
            name,
            credit_code,
            org_number,
        })
    }

    /// A company by its name alone.
    pub fn named(name: CompanyName) -> Self {
        Self {
            name: Some(name),
            credit_code: None,
            org_number: None,
        }
    }

    /// Its registered name.
    pub fn name(&self) -> Option<&CompanyName> {
        self.name.as_ref()
    }

    /// Its unified social credit code.
    pub fn credit_code(&self) -> Option<&CreditCode> {
        self.credit_code.as_ref()
    }

    /// Its organisation number.
    pub fn org_number(&self) -> Option<&OrgNumber> {
        self.org_number.as_ref()
    }

    /// The name, else the credit code, else the organisation number.
    pub fn label(&self) -> &str {
        let name = self.name.as_ref().map(CompanyName::as_str);
        let code = self.credit_code.as_ref().map(CreditCode::as_str);
        let org = self.org_number.as_ref().map(OrgNumber::as_str);
        name.or(code).or(org).unwrap_or_default()
    }
}

impl fmt::Debug for Company {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Company(…)")
    }
}

impl TryFrom<CompanyFields> for Company {
    type Error = SubjectError;

    fn try_from(fields: CompanyFields) -> Result<Self, Self::Error> {
        Self::new(fields.name, fields.credit_code, fields.org_number).ok_or(SubjectError::Empty)
    }
}

impl From<Company> for CompanyFields {
    fn from(company: Company) -> Self {
        let Company {
            name,
            credit_code,
            org_number,
        } = company;
        Self {
            name,
            credit_code,
            org_number,
        }
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

/// A patent, by PatSnap's id (a UUID) or by its publication number.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Patent {
    /// PatSnap's `patent_id`.
    Id(String),
    /// The publication number, e.g. `CN108977442B`.
    Number(String),
}

impl Patent {
    /// The id or number.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Id(text) | Self::Number(text) => text,
        }
    }
}

impl fmt::Debug for Patent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Patent(…)")
    }
}

impl FromStr for Patent {
    type Err = SubjectError;

    /// Takes a UUID for an id and everything else for a number.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = token(text, 64, |b| {
            b.is_ascii_alphanumeric() || b"-/.".contains(&b)
        })?;
        let is_uuid = text.len() == 36
            && text.bytes().enumerate().all(|(n, b)| match n {
                8 | 13 | 18 | 23 => b == b'-',
                _ => b.is_ascii_hexdigit(),
            });
        Ok(if is_uuid {
            Self::Id(text.to_ascii_lowercase())
        } else {
            Self::Number(text.to_ascii_uppercase())
        })
    }
}

/// Makes a checked text: `from_str` is the only way in, `as_str` the way out.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, |$text:ident| $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text, as it goes to the vendor.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = SubjectError;

            fn from_str($text: &str) -> Result<Self, Self::Err> {
                $check.map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = SubjectError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

checked_text! {
    /// A company's name: 1 to 200 characters on one line.
    CompanyName, |text| {
        let text = tidy(text);
        if text.is_empty() {
            Err(SubjectError::Empty)
        } else if text.chars().count() > 200 {
            Err(SubjectError::TooLong { most: 200 })
        } else if text.chars().any(char::is_control) {
            Err(SubjectError::Character)
        } else {
            Ok(text.to_owned())
        }
    }
}

checked_text! {
    /// A unified social credit code (统一社会信用代码, GB 32100-2015): 18 characters, the last one
    /// a check digit. Kept in upper case.
    CreditCode, |text| credit_code(text)
}

checked_text! {
    /// An organisation number, as the user wrote it.
    ///
    /// PatSnap's own sample (`5513850T82`) does not follow the national standard, so nothing but
    /// the characters and the length (1 to 20) is checked here.
    OrgNumber, |text| token(text, 20, |b| b.is_ascii_alphanumeric() || b == b'-')
}

checked_text! {
    /// A Yibeidiao record number (`recordNo`): 23 digits in every sample, which fit no integer.
    RecordNo, |text| token(text, 64, |b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

/// Without the white space and byte-order marks that spreadsheets leave around values.
fn tidy(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'))
}

fn token(text: &str, most: usize, allowed: impl Fn(u8) -> bool) -> Result<String, SubjectError> {
    let text = tidy(text);
    if text.is_empty() {
        Err(SubjectError::Empty)
    } else if text.len() > most {
        Err(SubjectError::TooLong { most })
    } else if !text.bytes().all(allowed) {
        Err(SubjectError::Character)
    } else {
        Ok(text.to_owned())
    }
}

fn credit_code(text: &str) -> Result<String, SubjectError> {
    /// The 31 characters of GB 32100-2015: no I, O, S, V, Z.
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    /// Powers of 3 modulo 31.
    const WEIGHTS: [usize; 17] = [
        1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
    ];

    let text = tidy(text).to_ascii_uppercase();
    if text.is_empty() {
        return Err(SubjectError::Empty);
    }
    let length = text.chars().count();
    if length != 18 {
        return Err(SubjectError::CreditCodeLength { length });
    }
    let value = |b: u8| ALPHABET.iter().position(|a| *a == b);
    let mut sum = 0;
    for (b, weight) in text.bytes().zip(WEIGHTS) {
        sum += value(b).ok_or(SubjectError::Character)? * weight;
    }
    let expected = ALPHABET[(31 - sum % 31) % 31];
    let last = text
        .bytes()
        .last()
        .filter(|b| value(*b).is_some())
        .ok_or(SubjectError::Character)?;
    if last == expected {
        Ok(text)
    } else {
        Err(SubjectError::CheckDigit {
            expected: char::from(expected),
        })
    }
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
    fn it_is_said_in_chinese_too() {
        let said = SubjectError::CreditCodeLength { length: 17 }.say();
        assert_eq!(
            said.in_lang(jindiao_words::Lang::Zh),
            "统一社会信用代码应为 18 位，此处为 17 位"
        );
    }

    #[test]
    fn credit_codes() {
        // PatSnap's own sample is well formed.
        let code: CreditCode = " 91110108551385082q ".parse().expect("a credit code");
        assert_eq!(code.as_str(), "91110108551385082Q");
        let refused = |text: &str| text.parse::<CreditCode>().expect_err(text);
        assert_eq!(
            refused("911101085513850820"),
            SubjectError::CheckDigit { expected: 'Q' }
        );
        assert_eq!(
            refused("91110108551385082"),
            SubjectError::CreditCodeLength { length: 17 }
        );
        assert_eq!(refused("9111010855138508IQ"), SubjectError::Character);
        assert_eq!(
            refused("9.11101E+17"),
            SubjectError::CreditCodeLength { length: 11 }
        );
        assert_eq!(refused(""), SubjectError::Empty);
    }

    #[test]
    fn names_are_trimmed_of_what_spreadsheets_add() {
        let name: CompanyName = "\u{feff}\u{3000}小米科技有限责任公司\u{a0}"
            .parse()
            .expect("a name");
        assert_eq!(name.as_str(), "小米科技有限责任公司");
        assert_eq!(
            "a\u{0}b".parse::<CompanyName>(),
            Err(SubjectError::Character)
        );
        assert_eq!(
            "名".repeat(201).parse::<CompanyName>(),
            Err(SubjectError::TooLong { most: 200 })
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
    fn patents_by_id_or_number() {
        assert_eq!(
            "cn108977442b".parse(),
            Ok(Patent::Number("CN108977442B".to_owned()))
        );
        let id = "C4C3D1B0-1111-4222-8333-444455556666";
        assert_eq!(id.parse(), Ok(Patent::Id(id.to_ascii_lowercase())));
    }

    #[test]
    fn nothing_shows_its_content() {
        let name: CompanyName = "某某公司".parse().expect("a name");
        let company = Company::named(name);
        assert!(!format!("{company:?} {:?}", Subject::Company(company.clone())).contains("某某"));
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

        #[test]
        fn one_wrong_character_never_passes(at in 0usize..18, c in "[0-9A-HJ-NPQRTUWXY]") {
            let good = "91110108551385082Q";
            let mut bad = good.to_owned();
            bad.replace_range(at..=at, &c);
            prop_assert_eq!(bad.parse::<CreditCode>().is_ok(), bad == good);
        }
    }
}
