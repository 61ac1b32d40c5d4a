//! The vendors.

use core::error::Error;
use core::fmt;
use core::str::FromStr;

use crate::OtherVendor;

/// A vendor of company reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Vendor {
    /// QCC (企查查).
    Qcc,
    /// PatSnap (智慧芽).
    Patsnap,
    /// Yibeidiao (易背调).
    Yibeidiao,
    /// A vendor whose table a crate of somebody else brings along. The program orders nothing from
    /// it, and no list or configuration can name it.
    Other(&'static OtherVendor),
}

impl Vendor {
    /// The vendors whose tables are here, and whose reports the program orders.
    pub const ALL: [Self; 3] = [Self::Qcc, Self::Patsnap, Self::Yibeidiao];

    /// The stable id: `qcc`, `patsnap`, `yibeidiao` or the other vendor's own.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Qcc => "qcc",
            Self::Patsnap => "patsnap",
            Self::Yibeidiao => "yibeidiao",
            Self::Other(vendor) => vendor.id(),
        }
    }

    /// The name in Chinese: 企查查, 智慧芽, 易背调 or the other vendor's own.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Qcc => "企查查",
            Self::Patsnap => "智慧芽",
            Self::Yibeidiao => "易背调",
            Self::Other(vendor) => vendor.zh(),
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl FromStr for Vendor {
    type Err = UnknownVendor;

    /// Reads the id of one of [`Vendor::ALL`], in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        Self::ALL
            .into_iter()
            .find(|vendor| vendor.id().eq_ignore_ascii_case(text))
            .ok_or(UnknownVendor)
    }
}

/// The text names no vendor that Jindiao knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownVendor;

impl fmt::Display for UnknownVendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a vendor; known are qcc, patsnap and yibeidiao")
    }
}

impl Error for UnknownVendor {}
