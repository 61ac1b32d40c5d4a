//! A company and the three identifiers that it can have.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::SubjectError;
use super::text::{checked_text, tidy, token};

/// A company with at least one identifier.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Identifiers")]
pub struct Company {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<CompanyName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_code: Option<CreditCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
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

/// What may be known of a company, as it is read: perhaps nothing.
#[derive(Deserialize)]
struct Identifiers {
    #[serde(default)]
    name: Option<CompanyName>,
    #[serde(default)]
    credit_code: Option<CreditCode>,
    #[serde(default)]
    org_number: Option<OrgNumber>,
}

impl TryFrom<Identifiers> for Company {
    type Error = SubjectError;

    fn try_from(known: Identifiers) -> Result<Self, Self::Error> {
        Self::new(known.name, known.credit_code, known.org_number).ok_or(SubjectError::Empty)
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
    fn a_company_is_written_as_what_is_known_of_it() {
        let read = |json: &str| serde_json::from_str::<Company>(json);
        for json in [
            r#"{"name":"某某公司"}"#,
            r#"{"credit_code":"91110108551385082Q","org_number":"5513850T82"}"#,
        ] {
            let company = read(json).expect(json);
            assert_eq!(serde_json::to_string(&company).expect("json"), json);
        }
        let company = read(r#"{"credit_code":"91110108551385082Q","org_number":"5513850T82"}"#);
        let company = company.expect("a company");
        assert_eq!(company.name(), None);
        assert_eq!(
            company.credit_code().map(CreditCode::as_str),
            Some("91110108551385082Q")
        );
        assert_eq!(
            company.org_number().map(OrgNumber::as_str),
            Some("5513850T82")
        );
        assert!(read("{}").is_err());
        assert!(read(r#"{"name":null}"#).is_err());
        assert!(read(r#"{"credit_code":"911101085513850820"}"#).is_err());
    }

    #[test]
    fn a_company_is_called_by_the_best_of_its_names() {
        let label = |name: &str, code: &str, org: &str| {
            let company = Company::new(name.parse().ok(), code.parse().ok(), org.parse().ok());
            company.map(|company| company.label().to_owned())
        };
        let check = |name, code, org, expect: Option<&str>| {
            assert_eq!(label(name, code, org).as_deref(), expect);
        };
        let code = "91110108551385082Q";
        check("某某公司", code, "5513850T82", Some("某某公司"));
        check("", code, "5513850T82", Some(code));
        check("", "", "5513850T82", Some("5513850T82"));
        check("", "", "", None);
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

    proptest! {
        #[test]
        fn one_wrong_character_never_passes(at in 0usize..18, c in "[0-9A-HJ-NPQRTUWXY]") {
            let good = "91110108551385082Q";
            let mut bad = good.to_owned();
            bad.replace_range(at..=at, &c);
            prop_assert_eq!(bad.parse::<CreditCode>().is_ok(), bad == good);
        }
    }
}
