//! Requests and replies in the shapes that the vendors publish, with made-up values of real length.

use jindiao_protocol::{Company, Timestamp};
use jindiao_protocol_patsnap::{
    Auth as PatsnapAuth, CompanyReportStatus, CreateCompanyReport, ReportFormat,
};
use jindiao_protocol_qcc::{Auth as QccAuth, GetEciImage, GetReportInfo};
use jindiao_protocol_yibeidiao::{Auth as YibeidiaoAuth, GenerateTempReport, Seq};
use jindiao_signing::patsnap::{AccessToken, ClientId};
use jindiao_signing::qcc::{AppKey, SecretKey};
use jindiao_signing::yibeidiao::{CompanyKey, Token, Ts, sign};

/// A key of QCC: 32 digits, as the vendor gives them out.
pub const QCC_KEY: &str = "0123456789abcdef0123456789ABCDEF";
/// A secret of QCC.
pub const QCC_SECRET: &str = "FEDCBA9876543210FEDCBA9876543210";
/// A key of Yibeidiao.
pub const YIBEIDIAO_KEY: &str = "CF6BF781AB82FEF5BFDF96B054ECEB15";
/// A token of Yibeidiao.
pub const YIBEIDIAO_TOKEN: &str = "8FD2867925098ECFA5DC1DB15B5A3E79";
/// A serial of Yibeidiao's.
pub const SEQ: &str = "s20190415110900";
/// A client id of PatSnap.
pub const CLIENT_ID: &str = "0123456789abcdef0123456789abcdef";
/// An access token of PatSnap.
pub const ACCESS_TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
/// The company that is asked about.
pub const COMPANY: &str = "小米科技有限责任公司";
/// An order of QCC.
pub const ORDER_NO: &str = "JKDAY-167660123348194027";
/// A job of PatSnap.
pub const JOB_ID: &str = "1579434053399035904";
/// A record of Yibeidiao.
pub const RECORD_NO: &str = "20190415152645093983751";
/// When everything happens, in seconds since 1970.
pub const NOW: i64 = 1_692_347_672;

/// When everything happens.
pub fn now() -> Timestamp {
    Timestamp::from_unix_seconds(NOW)
}

/// QCC's credentials.
///
/// # Errors
/// Never, for these values.
pub fn qcc_credentials() -> Result<(AppKey, SecretKey), Box<dyn std::error::Error>> {
    Ok((AppKey::new(QCC_KEY)?, SecretKey::new(QCC_SECRET)?))
}

/// Yibeidiao's credentials.
///
/// # Errors
/// Never, for these values.
pub fn yibeidiao_credentials() -> Result<(CompanyKey, Token), Box<dyn std::error::Error>> {
    Ok((
        CompanyKey::new(YIBEIDIAO_KEY)?,
        Token::new(YIBEIDIAO_TOKEN)?,
    ))
}

/// QCC at `origin`.
///
/// # Errors
/// Where the address is none.
pub fn qcc_auth(origin: &str) -> Result<QccAuth, Box<dyn std::error::Error>> {
    let (key, secret) = qcc_credentials()?;
    Ok(QccAuth::new(origin.parse()?, key, secret))
}

/// PatSnap at `origin`.
///
/// # Errors
/// Where the address is none.
pub fn patsnap_auth(origin: &str) -> Result<PatsnapAuth, Box<dyn std::error::Error>> {
    let (id, token) = (ClientId::new(CLIENT_ID)?, AccessToken::new(ACCESS_TOKEN)?);
    Ok(PatsnapAuth::with_token(origin.parse()?, id, token))
}

/// Yibeidiao at `origin`.
///
/// # Errors
/// Where the address is none.
pub fn yibeidiao_auth(origin: &str) -> Result<YibeidiaoAuth, Box<dyn std::error::Error>> {
    let (key, token) = yibeidiao_credentials()?;
    Ok(YibeidiaoAuth::new(origin.parse()?, key, token))
}

/// QCC's order of a picture.
pub fn eci_image() -> GetEciImage {
    GetEciImage {
        key_word: COMPANY.to_owned(),
    }
}

/// QCC's question about an order.
pub fn report_info() -> GetReportInfo {
    GetReportInfo {
        order_no: ORDER_NO.to_owned(),
    }
}

/// PatSnap's order of a report.
///
/// # Errors
/// Never, for these values.
pub fn create_company_report() -> Result<CreateCompanyReport, Box<dyn std::error::Error>> {
    Ok(CreateCompanyReport {
        company: Company::named(COMPANY.parse()?),
        format: ReportFormat::Pdf,
        logo: true,
    })
}

/// PatSnap's question about a job.
pub fn company_report_status() -> CompanyReportStatus {
    CompanyReportStatus {
        job_id: JOB_ID.to_owned(),
    }
}

/// Yibeidiao's wish for a link.
///
/// # Errors
/// Never, for these values.
pub fn temp_report() -> Result<GenerateTempReport, Box<dyn std::error::Error>> {
    Ok(GenerateTempReport {
        record_no: RECORD_NO.parse()?,
        seq: Seq::new(SEQ)?,
    })
}

/// QCC's reply about an order that is ready.
pub fn report_info_body(url: &str) -> String {
    format!(
        r#"{{"status":"200","msg":"【有效请求】查询成功","result":{{"orderNo":"{ORDER_NO}","reportStatus":"S","reportUrl":"{url}"}}}}"#
    )
}

/// QCC's reply to the order of a picture.
pub fn eci_image_body(url: &str) -> String {
    format!(
        r#"{{"Status":"200","Message":"【有效请求】查询成功","OrderNumber":"ECIIMAGE2023021710335319402","Paging":null,"Result":"{url}"}}"#
    )
}

/// PatSnap's reply about a job in `state`: 0 waits, 2 is ready.
pub fn status_body(job_id: &str, state: u8, url: &str) -> String {
    format!(
        r#"{{"data":{{"job_id":{job_id},"queue_num":0,"job_status":{state},"download_url":"{url}","abnormal_cause":""}},"status":true,"error_code":0}}"#
    )
}

/// PatSnap's reply to an order.
pub fn created_body(job_id: &str) -> String {
    format!(r#"{{"data":{{"job_id":{job_id}}},"status":true,"error_code":0}}"#)
}

/// Yibeidiao's signed reply with a link.
///
/// # Errors
/// Never, for these values.
pub fn temp_report_body(url: &str) -> Result<String, Box<dyn std::error::Error>> {
    let (key, token) = yibeidiao_credentials()?;
    let ts = Ts::from_unix_seconds(NOW);
    let sign = sign(&key, &ts, SEQ, &token);
    Ok(format!(
        r#"{{"code":"000","key":"{YIBEIDIAO_KEY}","seq":"{SEQ}","ts":"{ts}","sign":"{}","msg":"{url}"}}"#,
        sign.as_str()
    ))
}

/// A signed link of an object store.
pub const URL: &str = "https://pro-files.qichacha.com/report/2023/02/17/JKDAY-167660123348194027.zip?Expires=1708137472&OSSAccessKeyId=LTAI0000000000000000&Signature=AAAAAAAAAAAAAAAAAAAAAAAAAAA%3D";

/// The smallest thing that passes for a PDF.
pub const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n";

/// A picture of one point.
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\nIDAT\x78\x9c\x63\x60\0\0\0\x02\0\x01\x48\xaf\xa4\x71\0\0\0\0IEND\xae\x42\x60\x82";
