//! The three vendors.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

/// A vendor of company reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Vendor {
    /// QCC (企查查).
    Qcc,
    /// PatSnap (智慧芽).
    Patsnap,
    /// Yibeidiao (易背调).
    Yibeidiao,
}

impl Vendor {
    /// All vendors.
    pub const ALL: [Self; 3] = [Self::Qcc, Self::Patsnap, Self::Yibeidiao];

    /// The stable id: `qcc`, `patsnap` or `yibeidiao`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Qcc => "qcc",
            Self::Patsnap => "patsnap",
            Self::Yibeidiao => "yibeidiao",
        }
    }

    /// The name in Chinese: 企查查, 智慧芽 or 易背调.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Qcc => "企查查",
            Self::Patsnap => "智慧芽",
            Self::Yibeidiao => "易背调",
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

    /// Reads an id, in any case.
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
