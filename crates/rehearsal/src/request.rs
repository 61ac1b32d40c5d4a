//! What a vendor reads in a request.

use bytes::Bytes;
use jindiao_codes::Vendor;
use jindiao_order::Product;
use jindiao_protocol::FileKind;

use crate::scenario::Want;

/// A request, as far as a vendor cares.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) vendor: Vendor,
    pub(crate) what: What,
    /// The order that it is about, where the request itself names it.
    pub(crate) key: Option<usize>,
    /// When it was signed, by the client's clock, in seconds.
    pub(crate) signed: Option<i64>,
    /// The bearer token.
    pub(crate) bearer: Option<String>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    EciImage,
    CreateRiskReport,
    RiskReportInfo(String),
    Token,
    CreateTask,
    TaskStatus(String),
    TempReport { seq: String },
}

impl Request {
    /// Reads a request as the vendor does that is its host; `None` if nobody would understand it.
    pub(crate) fn read(request: &http::Request<Bytes>, wants: &[Want]) -> Option<Self> {
        let uri = request.uri();
        let host = uri.host()?;
        let query = |name: &str| {
            let pairs = uri.query()?.split('&');
            pairs
                .filter_map(|pair| pair.split_once('='))
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.to_owned())
        };
        let header = |name: &str| {
            let value = request.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let find = |product: Product, word: &str, kind: Option<FileKind>| {
            wants.iter().position(|want| {
                want.wanted.product() == product
                    && want.word == word
                    && kind.is_none_or(|kind| want.wanted.format() == kind)
            })
        };
        let mut signed = None;
        let (vendor, what, key) = match (host, uri.path()) {
            ("qcc.test", path) => {
                signed = header("Timespan")?.parse().ok();
                match path {
                    "/api/yj/EciImage/GetEciImage" => (
                        Vendor::Qcc,
                        What::EciImage,
                        find(Product::QccSnapshot, &query("keyWord")?, None),
                    ),
                    "/api/radar_ext/createReport" => (
                        Vendor::Qcc,
                        What::CreateRiskReport,
                        find(Product::QccRiskReport, &query("reportType")?, None),
                    ),
                    "/api/radar_ext/getReportInfo" => {
                        (Vendor::Qcc, What::RiskReportInfo(query("orderNo")?), None)
                    }
                    _ => return None,
                }
            }
            ("patsnap.test", "/oauth/token") => (Vendor::Patsnap, What::Token, None),
            ("patsnap.test", path) if path.ends_with("/task/create") => {
                let body: serde_json::Value = serde_json::from_slice(request.body()).ok()?;
                let kind = match body["report_type"].as_str()? {
                    "word" => FileKind::Docx,
                    _ => FileKind::Pdf,
                };
                let key = match (&body["company_name"], &body["patent_number"]) {
                    (serde_json::Value::String(name), _) => {
                        find(Product::PatsnapInnovationReport, name, Some(kind))
                    }
                    (_, serde_json::Value::String(number)) => {
                        find(Product::PatsnapPatentValueReport, number, Some(kind))
                    }
                    _ => return None,
                };
                (Vendor::Patsnap, What::CreateTask, key)
            }
            ("patsnap.test", path) if path.ends_with("/job_id/status") => {
                (Vendor::Patsnap, What::TaskStatus(query("job_id")?), None)
            }
            ("yibeidiao.test", "/open/company/record/generate-temp-report") => {
                let ts = jindiao_signing::yibeidiao::Ts::parse(&header("ts")?)?;
                signed = Some(ts.unix_seconds());
                let word = query("recordNo")?;
                (
                    Vendor::Yibeidiao,
                    What::TempReport {
                        seq: header("seq")?,
                    },
                    find(Product::YibeidiaoInterimReport, &word, None),
                )
            }
            _ => return None,
        };
        Some(Self {
            vendor,
            what,
            key,
            signed,
            bearer: header("authorization")
                .and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned)),
        })
    }

    /// Whether it costs money when it is done.
    pub(crate) fn is_charge(&self) -> bool {
        matches!(
            self.what,
            What::EciImage | What::CreateRiskReport | What::CreateTask
        )
    }

    /// The exchange's name, as the tables of codes have it.
    pub(crate) fn exchange(&self) -> &'static str {
        match self.what {
            What::EciImage => "EciImage/GetEciImage",
            What::CreateRiskReport => "radar_ext/createReport",
            What::RiskReportInfo(_) => "radar_ext/getReportInfo",
            What::Token => "oauth/token",
            What::CreateTask => "task/create",
            What::TaskStatus(_) => "job_id/status",
            What::TempReport { .. } => "record/generate-temp-report",
        }
    }
}
