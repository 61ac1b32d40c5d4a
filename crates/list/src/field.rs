//! The columns of a list.

use jindiao_order::{Product, SubjectKind};

/// A column of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// What is ordered.
    Product,
    /// A company's name.
    Company,
    /// A company's unified social credit code.
    CreditCode,
    /// A company's organisation number.
    OrgNumber,
    /// Day, week or month.
    Period,
    /// A background-check record.
    RecordNo,
    /// A patent's number or id.
    Patent,
    /// The format that the report comes in.
    Format,
}

impl Field {
    /// All columns, as the documentation orders them.
    pub const ALL: [Self; 8] = [
        Self::Product,
        Self::Company,
        Self::CreditCode,
        Self::OrgNumber,
        Self::Period,
        Self::RecordNo,
        Self::Patent,
        Self::Format,
    ];

    /// The name in the header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Company => "company",
            Self::CreditCode => "credit_code",
            Self::OrgNumber => "org_number",
            Self::Period => "period",
            Self::RecordNo => "record_no",
            Self::Patent => "patent",
            Self::Format => "format",
        }
    }

    /// The flag of `jindiao get`.
    pub fn flag(self) -> String {
        match self {
            Self::Product => "PRODUCT".to_owned(),
            other => format!("--{}", other.name().replace('_', "-")),
        }
    }

    /// All names, for messages.
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(",")
    }

    /// The column that says what a report of `product` is about where a line says nothing else.
    pub(crate) fn subject_of(product: Product) -> Self {
        match product.subject_kind() {
            SubjectKind::Company => Self::Company,
            SubjectKind::Period => Self::Period,
            SubjectKind::Record => Self::RecordNo,
            SubjectKind::Patent => Self::Patent,
        }
    }

    /// The columns that say what a report of `product` is about.
    pub(crate) fn subjects_of(product: Product) -> &'static [Self] {
        match product.subject_kind() {
            SubjectKind::Company => &[Self::Company, Self::CreditCode, Self::OrgNumber],
            SubjectKind::Period => &[Self::Period],
            SubjectKind::Record => &[Self::RecordNo],
            SubjectKind::Patent => &[Self::Patent],
        }
    }
}
