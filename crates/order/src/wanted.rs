//! One wanted report, and the fingerprint that keeps it from being ordered twice.

use std::fmt;
use std::str::FromStr;

use jindiao_protocol::{Company, FileKind, Subject};
use jindiao_words::{Message, Say, say};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Product, SubjectKind};

/// One wanted report: a product, its subject and the options that change the report.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Wanted {
    product: Product,
    subject: Subject,
    format: FileKind,
    logo: bool,
}

#[derive(Serialize, Deserialize)]
struct Fields {
    product: Product,
    subject: Subject,
    format: FileKind,
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    logo: bool,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_yes(value: &bool) -> bool {
    *value
}

impl Wanted {
    /// A report of `product` about `subject`, in `format` or else the product's first format.
    ///
    /// # Errors
    /// If the subject is of another kind than the product is about, or the product does not come
    /// in the format.
    pub fn new(
        product: Product,
        subject: Subject,
        format: Option<FileKind>,
    ) -> Result<Self, WantedError> {
        let kind = match &subject {
            Subject::Company(_) => SubjectKind::Company,
            Subject::Period(_) => SubjectKind::Period,
            Subject::Record(_) => SubjectKind::Record,
            Subject::Patent(_) => SubjectKind::Patent,
        };
        if kind != product.subject_kind() {
            return Err(WantedError::Subject {
                product,
                given: kind,
            });
        }
        let format = match (format, product.formats()) {
            (Some(format), formats) if formats.contains(&format) => format,
            (None, [first, ..]) => *first,
            _ => return Err(WantedError::Format { product }),
        };
        Ok(Self {
            product,
            subject,
            format,
            logo: true,
        })
    }

    /// The same without the vendor's logo, where the vendor makes such reports (PatSnap's
    /// `create-no-logo`); unchanged elsewhere.
    #[must_use]
    pub fn without_logo(mut self) -> Self {
        self.logo = !matches!(
            self.product,
            Product::PatsnapInnovationReport | Product::PatsnapPatentValueReport
        );
        self
    }

    /// What is ordered.
    pub fn product(&self) -> Product {
        self.product
    }

    /// What it is about.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The format it comes in.
    pub fn format(&self) -> FileKind {
        self.format
    }

    /// Whether the report shows the vendor's logo.
    pub fn logo(&self) -> bool {
        self.logo
    }

    /// What two requests for the same report have in common, for ever: the digest of product,
    /// subject and options.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut digest = Sha256::new();
        // Each part is preceded by its length, so that no two requests run into one another.
        let mut part = |text: &str| {
            digest.update(text.len().to_string());
            digest.update(":");
            digest.update(text);
        };
        part("jindiao order v1");
        part(self.product.id());
        match &self.subject {
            // QCC is asked with one key word: what else is known of the company makes no
            // difference to what comes back.
            Subject::Company(company) if self.product == Product::QccSnapshot => {
                part(&folded(qcc_key_word(company)));
            }
            Subject::Company(company) => {
                part(&folded(company.name().map_or("", |it| it.as_str())));
                part(company.credit_code().map_or("", |it| it.as_str()));
                part(&folded(company.org_number().map_or("", |it| it.as_str())));
            }
            other => part(other.label()),
        }
        part(self.format.extension());
        part(if self.logo { "" } else { "no logo" });
        Fingerprint(digest.finalize().into())
    }
}

/// What QCC is asked with: the credit code, which names one company, else what there is.
pub(crate) fn qcc_key_word(company: &Company) -> &str {
    company
        .credit_code()
        .map_or(company.label(), |code| code.as_str())
}

/// The name as it is compared: in lower case, and without the difference between the wide and
/// the narrow forms of brackets and letters that Chinese spreadsheets mix.
fn folded(name: &str) -> String {
    let narrow = |c: char| match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xff00 + 0x20).unwrap_or(c),
        c => c,
    };
    name.chars()
        .map(narrow)
        .flat_map(char::to_lowercase)
        .collect()
}

impl TryFrom<Fields> for Wanted {
    type Error = WantedError;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        let wanted = Self::new(fields.product, fields.subject, Some(fields.format))?;
        Ok(if fields.logo {
            wanted
        } else {
            wanted.without_logo()
        })
    }
}

impl From<Wanted> for Fields {
    fn from(wanted: Wanted) -> Self {
        let Wanted {
            product,
            subject,
            format,
            logo,
        } = wanted;
        Self {
            product,
            subject,
            format,
            logo,
        }
    }
}

/// A SHA-256 digest of what was asked for, written in hex.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

/// Why a product cannot be had as wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.say())]
#[non_exhaustive]
pub enum WantedError {
    /// The subject is of another kind than the product is about.
    Subject {
        /// What was to be ordered.
        product: Product,
        /// The kind of subject that was given.
        given: SubjectKind,
    },
    /// The product does not come in the format.
    Format {
        /// What was to be ordered.
        product: Product,
    },
}

impl Say for WantedError {
    fn say(&self) -> Message {
        match self {
            Self::Subject { product, given } => say!(
                "{product} is about a {wanted}, not a {given}",
                product,
                wanted = product.subject_kind(),
                given
            ),
            Self::Format { product } => {
                let formats = product.formats().iter();
                let formats = formats.map(|it| Message::verbatim(it.to_string()));
                let formats = Message::joined(formats, say!(" or "));
                say!("{product} comes as {formats}", product, formats)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jindiao_protocol::Period;

    fn company(name: &str) -> Subject {
        Subject::Company(Company::named(name.parse().expect("a name")))
    }

    fn wanted(product: Product, subject: Subject, format: Option<FileKind>) -> Wanted {
        Wanted::new(product, subject, format).expect("a wanted report")
    }

    #[test]
    fn a_fingerprint_is_for_ever() {
        // A changed value here would order every report of every ledger a second time.
        let report = wanted(
            Product::PatsnapInnovationReport,
            company("小米科技有限责任公司"),
            None,
        );
        assert_eq!(
            report.fingerprint().to_string(),
            "191b368799df8cd1fe23f6724b9765a909f78d0de52e9c09bd73995a8ed13f96"
        );
    }

    #[test]
    fn a_fingerprint_is_read_as_it_is_written() {
        let fingerprint = wanted(Product::QccSnapshot, company("甲"), None).fingerprint();
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        assert_eq!(
            format!("{fingerprint:?}"),
            format!("Fingerprint({fingerprint})")
        );
        for bad in ["", "00", &"0".repeat(63), &"g".repeat(64)] {
            assert!(bad.parse::<Fingerprint>().is_err(), "{bad}");
        }
    }

    #[test]
    fn only_some_products_come_without_a_logo() {
        let check = |product, subject: Subject, is_without: bool| {
            let with = wanted(product, subject, None);
            assert!(with.logo(), "{product}");
            let without = with.without_logo();
            assert_eq!(without.logo(), !is_without, "{product}");
            let form = serde_json::to_string(&without).expect("a form");
            assert_eq!(form.contains("logo"), is_without, "{form}");
            assert_eq!(serde_json::from_str(&form).ok(), Some(without));
        };
        let patent = "CN108977442B".parse().expect("a patent");
        check(Product::PatsnapInnovationReport, company("甲"), true);
        check(
            Product::PatsnapPatentValueReport,
            Subject::Patent(patent),
            true,
        );
        check(Product::QccSnapshot, company("甲"), false);
        check(Product::QccRiskReport, Subject::Period(Period::Day), false);
    }

    #[test]
    fn everything_that_changes_the_report_changes_the_fingerprint() {
        let base = wanted(Product::PatsnapInnovationReport, company("甲"), None);
        let others = [
            wanted(Product::QccSnapshot, company("甲"), None),
            wanted(Product::PatsnapInnovationReport, company("乙"), None),
            wanted(
                Product::PatsnapInnovationReport,
                company("甲"),
                Some(FileKind::Docx),
            ),
            base.clone().without_logo(),
        ];
        for other in others {
            assert_ne!(base.fingerprint(), other.fingerprint(), "{other:?}");
        }
        let explicit = wanted(
            Product::PatsnapInnovationReport,
            company(" 甲 "),
            Some(FileKind::Pdf),
        );
        assert_eq!(base.fingerprint(), explicit.fingerprint());
    }

    #[test]
    fn the_same_company_written_otherwise_is_the_same_request() {
        let same = |a: &str, b: &str| {
            for product in [Product::QccSnapshot, Product::PatsnapInnovationReport] {
                let of = |name| wanted(product, company(name), None).fingerprint();
                assert_eq!(of(a), of(b), "{a} {b}");
            }
        };
        same("小米（北京）科技", "小米(北京)科技");
        same("ＡＢＣ　Ltd", "abc ltd");
    }

    #[test]
    fn a_snapshot_is_asked_for_by_one_key_word() {
        let code = Some("91110108551385082Q".parse().expect("a code"));
        let by = |name: Option<&str>| {
            let name = name.map(|name| name.parse().expect("a name"));
            let company = Company::new(name, code.clone(), None).expect("a company");
            let subject = Subject::Company(company);
            wanted(Product::QccSnapshot, subject, None).fingerprint()
        };
        assert_eq!(by(None), by(Some("小米科技有限责任公司")));
    }

    #[test]
    fn what_cannot_be_wanted() {
        let period = Subject::Period(Period::Day);
        assert_eq!(
            Wanted::new(Product::QccSnapshot, period, None)
                .expect_err("a period")
                .to_string(),
            "qcc/snapshot is about a company, not a period"
        );
        assert_eq!(
            Wanted::new(Product::QccSnapshot, company("甲"), Some(FileKind::Pdf))
                .expect_err("a pdf")
                .to_string(),
            "qcc/snapshot comes as png"
        );
    }
}
