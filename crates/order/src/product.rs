//! The catalogue: what can be ordered, and how each product is had.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jindiao_protocol::{FileKind, Vendor};
use jindiao_words::{Message, Say, say};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Fen;

/// A thing that can be ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Product {
    /// QCC's business snapshot, an image of a company's registration (QCC-2018, `GetEciImage`).
    QccSnapshot,
    /// QCC's risk-monitoring report over a period (QCC-2023, `radar_ext`).
    QccRiskReport,
    /// PatSnap's innovation report on a company (R011 in China, R001 elsewhere).
    PatsnapInnovationReport,
    /// PatSnap's value report on a patent (R002).
    PatsnapPatentValueReport,
    /// Yibeidiao's interim report on a background check under way (ShowDoc 1900158036953464).
    YibeidiaoInterimReport,
}

/// How a product is had from its vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flow {
    /// One charged call answers with the link. Asking for the link again is a second charge.
    Direct,
    /// A charged call places a task; its state is asked for until there is a link. The link may
    /// be asked for again.
    Task,
    /// The report is already paid for; a free call makes a link, as often as wanted.
    Free,
}

/// What kind of subject a product is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubjectKind {
    /// A company.
    Company,
    /// A period.
    Period,
    /// A background-check record.
    Record,
    /// A patent.
    Patent,
}

/// One row of the catalogue.
#[derive(Clone, Copy)]
struct Row {
    id: &'static str,
    vendor: Vendor,
    subject: SubjectKind,
    flow: Flow,
    formats: &'static [FileKind],
    poll_interval: Duration,
    poll_timeout: Duration,
    assumed_price: Fen,
}

impl Product {
    /// Everything that can be ordered.
    pub const ALL: &'static [Self] = &[
        Self::QccSnapshot,
        Self::QccRiskReport,
        Self::PatsnapInnovationReport,
        Self::PatsnapPatentValueReport,
        Self::YibeidiaoInterimReport,
    ];

    const fn row(self) -> Row {
        const SECOND: Duration = Duration::from_secs(1);
        const MINUTE: Duration = Duration::from_secs(60);
        const INNOVATION: Row = Row {
            id: "patsnap/innovation-report",
            vendor: Vendor::Patsnap,
            subject: SubjectKind::Company,
            flow: Flow::Task,
            formats: &[FileKind::Pdf, FileKind::Docx],
            // PatSnap D1, D3: one to ten minutes a report.
            poll_interval: SECOND.saturating_mul(20),
            poll_timeout: MINUTE.saturating_mul(30),
            assumed_price: Fen::new(30_00),
        };
        match self {
            Self::QccSnapshot => Row {
                id: "qcc/snapshot",
                vendor: Vendor::Qcc,
                subject: SubjectKind::Company,
                flow: Flow::Direct,
                formats: &[FileKind::Png],
                poll_interval: SECOND,
                poll_timeout: MINUTE,
                // 0.10 yuan is the list price of another QCC call (page 886); rounded up.
                assumed_price: Fen::new(1_00),
            },
            Self::QccRiskReport => Row {
                id: "qcc/risk-report",
                vendor: Vendor::Qcc,
                subject: SubjectKind::Period,
                flow: Flow::Task,
                formats: &[FileKind::Zip],
                // The sample was ready within four minutes of the order.
                poll_interval: SECOND.saturating_mul(15),
                poll_timeout: MINUTE.saturating_mul(30),
                assumed_price: Fen::new(10_00),
            },
            Self::PatsnapInnovationReport => INNOVATION,
            Self::PatsnapPatentValueReport => Row {
                id: "patsnap/patent-value-report",
                subject: SubjectKind::Patent,
                ..INNOVATION
            },
            Self::YibeidiaoInterimReport => Row {
                id: "yibeidiao/interim-report",
                vendor: Vendor::Yibeidiao,
                subject: SubjectKind::Record,
                flow: Flow::Free,
                formats: &[FileKind::Pdf],
                poll_interval: SECOND.saturating_mul(30),
                poll_timeout: MINUTE.saturating_mul(5),
                assumed_price: Fen::ZERO,
            },
        }
    }

    /// The name that lists and commands use, e.g. `qcc/snapshot`.
    pub fn id(self) -> &'static str {
        self.row().id
    }

    /// The name without the vendor, e.g. `snapshot`.
    pub fn short_name(self) -> &'static str {
        self.id()
            .split_once('/')
            .map_or(self.id(), |(_, name)| name)
    }

    /// Who sells it.
    pub fn vendor(self) -> Vendor {
        self.row().vendor
    }

    /// What it is about.
    pub fn subject_kind(self) -> SubjectKind {
        self.row().subject
    }

    /// How it is had.
    pub fn flow(self) -> Flow {
        self.row().flow
    }

    /// The formats that it comes in; the first is the default.
    pub fn formats(self) -> &'static [FileKind] {
        self.row().formats
    }

    /// How often the vendor is asked whether the report is ready, unless the user says otherwise. No
    /// vendor says how often: it follows from the time that a report takes, as far as that is known
    /// (PatSnap D1, D3: 1 to 10 minutes).
    pub fn poll_interval(self) -> Duration {
        self.row().poll_interval
    }

    /// How long a run waits for the report, unless the user says otherwise. An order is not lost
    /// when it passes: the next run waits on.
    pub fn poll_timeout(self) -> Duration {
        self.row().poll_timeout
    }

    /// What one order is taken to cost where the user has not said. No vendor publishes these
    /// prices: the figure is an assumption on the high side, so that a budget holds.
    pub fn assumed_price(self) -> Fen {
        self.row().assumed_price
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl FromStr for Product {
    type Err = UnknownProduct;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        Self::ALL
            .iter()
            .copied()
            .find(|product| product.id().eq_ignore_ascii_case(text))
            .ok_or(UnknownProduct)
    }
}

impl Serialize for Product {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Product {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Say for SubjectKind {
    fn say(&self) -> Message {
        match self {
            Self::Company => say!("company"),
            Self::Period => say!("period"),
            Self::Record => say!("record number"),
            Self::Patent => say!("patent"),
        }
    }
}

/// The text names no product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.say())]
pub struct UnknownProduct;

impl Say for UnknownProduct {
    fn say(&self) -> Message {
        say!(
            "no such product; there are qcc/snapshot, qcc/risk-report, patsnap/innovation-report, patsnap/patent-value-report and yibeidiao/interim-report"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_begin_with_the_vendor() {
        for product in Product::ALL {
            assert_eq!(product.id().parse(), Ok(*product));
            let name = format!("{}/{}", product.vendor(), product.short_name());
            assert_eq!(product.id(), name);
            assert!(
                UnknownProduct.to_string().contains(product.id()),
                "{product}"
            );
            assert!(!product.formats().is_empty(), "{product}");
        }
    }

    #[test]
    fn only_what_is_paid_for_elsewhere_is_free() {
        for product in Product::ALL {
            assert_eq!(
                product.flow() == Flow::Free,
                product.assumed_price() == Fen::ZERO,
                "{product}"
            );
        }
    }
}
