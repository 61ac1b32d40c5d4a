//! The calls that can be made.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One kind of call, by the vendor's name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Operation {
    /// QCC's picture of a company, on all three of its paths.
    #[serde(rename = "qcc/GetEciImage")]
    QccImage,
    /// QCC `radar_ext/createReport`.
    #[serde(rename = "qcc/createReport")]
    QccCreateReport,
    /// QCC `radar_ext/getReportInfo`.
    #[serde(rename = "qcc/getReportInfo")]
    QccReportInfo,
    /// PatSnap `/oauth/token`.
    #[serde(rename = "patsnap/token")]
    PatSnapToken,
    /// PatSnap's company report, with and without logo.
    #[serde(rename = "patsnap/company-report/create")]
    PatSnapCompanyCreate,
    /// The state of PatSnap's company report.
    #[serde(rename = "patsnap/company-report/status")]
    PatSnapCompanyStatus,
    /// PatSnap's patent value report, with and without logo.
    #[serde(rename = "patsnap/patent-report/create")]
    PatSnapPatentCreate,
    /// The state of PatSnap's patent value report.
    #[serde(rename = "patsnap/patent-report/status")]
    PatSnapPatentStatus,
    /// Yibeidiao `record/generate-temp-report`.
    #[serde(rename = "yibeidiao/generate-temp-report")]
    YibeidiaoReport,
    /// The download of any report.
    #[serde(rename = "download")]
    Download,
}

impl Operation {
    pub(crate) const ALL: [Self; 10] = [
        Self::QccImage,
        Self::QccCreateReport,
        Self::QccReportInfo,
        Self::PatSnapToken,
        Self::PatSnapCompanyCreate,
        Self::PatSnapCompanyStatus,
        Self::PatSnapPatentCreate,
        Self::PatSnapPatentStatus,
        Self::YibeidiaoReport,
        Self::Download,
    ];

    /// The name in fault plans and charge books, e.g. `qcc/createReport`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::QccImage => "qcc/GetEciImage",
            Self::QccCreateReport => "qcc/createReport",
            Self::QccReportInfo => "qcc/getReportInfo",
            Self::PatSnapToken => "patsnap/token",
            Self::PatSnapCompanyCreate => "patsnap/company-report/create",
            Self::PatSnapCompanyStatus => "patsnap/company-report/status",
            Self::PatSnapPatentCreate => "patsnap/patent-report/create",
            Self::PatSnapPatentStatus => "patsnap/patent-report/status",
            Self::YibeidiaoReport => "yibeidiao/generate-temp-report",
            Self::Download => "download",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_serialised_form_and_the_position_the_index() {
        for (index, operation) in Operation::ALL.into_iter().enumerate() {
            let json = serde_json::to_value(operation).expect("json");
            assert_eq!(json, operation.name());
            assert_eq!(operation as usize, index);
        }
    }
}
