//! What a program without Jindiao would read replies into.

use serde::Deserialize;

/// QCC's envelope of `radar_ext`.
#[derive(Debug, Deserialize)]
pub struct QccInfo {
    /// The code.
    pub status: String,
    /// The vendor's words.
    pub msg: String,
    /// What was asked for.
    pub result: QccReport,
}

/// Where a report of QCC stands.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QccReport {
    /// The order.
    pub order_no: String,
    /// `P`, `S` or `F`.
    pub report_status: String,
    /// The link.
    pub report_url: Option<String>,
}

/// QCC's envelope of `yj`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct QccImage {
    /// The code.
    pub status: String,
    /// The vendor's words.
    pub message: String,
    /// The serial.
    pub order_number: String,
    /// The link.
    pub result: Option<String>,
}

/// PatSnap's envelope.
#[derive(Debug, Deserialize)]
pub struct Patsnap<T> {
    /// What was asked for.
    pub data: T,
    /// Whether it went well.
    pub status: bool,
    /// Why not.
    pub error_code: u64,
}

/// An accepted job.
#[derive(Debug, Deserialize)]
pub struct PatsnapJob {
    /// Its id.
    pub job_id: u64,
}

/// Where a job stands.
#[derive(Debug, Deserialize)]
pub struct PatsnapStatus {
    /// Its id.
    pub job_id: u64,
    /// How many wait.
    pub queue_num: u32,
    /// 0 to 3.
    pub job_status: u8,
    /// The link.
    pub download_url: String,
    /// The vendor's words.
    pub abnormal_cause: String,
}

/// An access token.
#[derive(Debug, Deserialize)]
pub struct PatsnapToken {
    /// The token.
    pub token: String,
}

/// Yibeidiao's envelope.
#[derive(Debug, Deserialize)]
pub struct Yibeidiao {
    /// The code.
    pub code: String,
    /// The company.
    pub key: String,
    /// The serial.
    pub seq: String,
    /// When.
    pub ts: String,
    /// The signature.
    pub sign: String,
    /// The link.
    pub msg: String,
}
