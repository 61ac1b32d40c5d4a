//! A code of any vendor.

use core::fmt;

use crate::{Advice, Counted, Info, OtherCode, Outcome, Scope, Vendor, patsnap, qcc, yibeidiao};

/// A code of any vendor.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// A code of QCC.
    Qcc(qcc::Code),
    /// A code of PatSnap.
    Patsnap(patsnap::Code),
    /// A code of Yibeidiao.
    Yibeidiao(yibeidiao::Code),
    /// A code of a vendor whose table is not here.
    Other(OtherCode),
}

impl Code {
    /// Reads a code of `vendor`. Never fails: what the table does not list is kept as it came.
    pub fn parse(vendor: Vendor, text: &str) -> Self {
        match vendor {
            Vendor::Qcc => Self::Qcc(qcc::Code::parse(text)),
            Vendor::Patsnap => Self::Patsnap(patsnap::Code::parse(text)),
            Vendor::Yibeidiao => Self::Yibeidiao(yibeidiao::Code::parse(text)),
            Vendor::Other(vendor) => Self::Other(OtherCode::parse(vendor, text)),
        }
    }

    /// Whose code it is.
    pub const fn vendor(&self) -> Vendor {
        match self {
            Self::Qcc(_) => Vendor::Qcc,
            Self::Patsnap(_) => Vendor::Patsnap,
            Self::Yibeidiao(_) => Vendor::Yibeidiao,
            Self::Other(code) => code.vendor(),
        }
    }

    /// The code as the vendor writes it; an unknown code as it came.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Qcc(code) => code.as_str(),
            Self::Patsnap(code) => code.as_str(),
            Self::Yibeidiao(code) => code.as_str(),
            Self::Other(code) => code.as_str(),
        }
    }

    /// What is known of the code, wherever it comes from; `None` for a code in no table.
    pub fn info(&self) -> Option<&'static Info> {
        match self {
            Self::Qcc(code) => code.info(),
            Self::Patsnap(code) => code.info(),
            Self::Yibeidiao(code) => code.info(),
            Self::Other(code) => code.info(),
        }
    }

    /// What is known of the code when the exchange `endpoint` answers it.
    pub fn info_at(&self, endpoint: &str) -> Option<&'static Info> {
        match self {
            Self::Qcc(code) => code.info_at(endpoint),
            Self::Patsnap(code) => code.info_at(endpoint),
            Self::Yibeidiao(code) => code.info_at(endpoint),
            Self::Other(code) => code.info_at(endpoint),
        }
    }

    /// What a program does next; [`Advice::GiveUp`] for an unknown code.
    pub fn advice_at(&self, endpoint: &str) -> Advice {
        self.info_at(endpoint)
            .map_or(Advice::GiveUp, |info| info.advice)
    }

    /// What the code proves about a call that charges; [`Outcome::Unclear`] for an unknown code.
    pub fn outcome_at(&self, endpoint: &str) -> Outcome {
        self.info_at(endpoint)
            .map_or(Outcome::Unclear, |info| info.outcome)
    }

    /// How far the trouble reaches; [`Scope::Request`] for an unknown code.
    pub fn scope_at(&self, endpoint: &str) -> Scope {
        self.info_at(endpoint)
            .map_or(Scope::Request, |info| info.scope)
    }

    /// Whether the vendor counts the call; [`Counted::Unknown`] for an unknown code.
    pub fn counted_at(&self, endpoint: &str) -> Counted {
        self.info_at(endpoint)
            .map_or(Counted::Unknown, |info| info.counted)
    }

    /// Whether the code says that the call did what it was asked for: QCC `200`, PatSnap `0`,
    /// Yibeidiao `000`.
    pub fn is_success(&self) -> bool {
        match self {
            Self::Qcc(code) => code.is_success(),
            Self::Patsnap(code) => code.is_success(),
            Self::Yibeidiao(code) => code.is_success(),
            Self::Other(code) => code.is_success(),
        }
    }
}

impl From<qcc::Code> for Code {
    fn from(code: qcc::Code) -> Self {
        Self::Qcc(code)
    }
}

impl From<patsnap::Code> for Code {
    fn from(code: patsnap::Code) -> Self {
        Self::Patsnap(code)
    }
}

impl From<yibeidiao::Code> for Code {
    fn from(code: yibeidiao::Code) -> Self {
        Self::Yibeidiao(code)
    }
}

impl From<OtherCode> for Code {
    fn from(code: OtherCode) -> Self {
        Self::Other(code)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.vendor(), self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({}/{:?})", self.vendor(), self.as_str())
    }
}
