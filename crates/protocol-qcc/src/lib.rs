//! The report API of QCC (企查查) as values: exchanges that can be asked and read, never sent.
//!
//! QCC sells calls, not reports: each of the three operations here is a signed `GET`, and two of
//! them are paid for although they are `GET`s (see [`Effect`](jindiao_protocol::Effect)).
//!
//! | exchange | what it does | effect |
//! |---|---|---|
//! | [`GetEciImage`] | a picture of a company's registration, at once | charge |
//! | [`CreateReport`] | orders the risk report of the monitored companies over a period | charge |
//! | [`GetReportInfo`] | where that report stands and, once it is there, where to fetch it | read |
//!
//! ```
//! use http::Response;
//! use jindiao_protocol::{Exchange, Period, Timestamp};
//! use jindiao_protocol_qcc::{Auth, CreateReport, ORIGIN};
//! use jindiao_signing::qcc::{AppKey, SecretKey};
//!
//! let auth = Auth::new(
//!     ORIGIN.parse()?,
//!     AppKey::new("FAKE-KEY-0001")?,
//!     SecretKey::new("FAKE-SECRET-0001")?,
//! );
//! let create = CreateReport { period: Period::Day };
//!
//! // Send this with any HTTP client …
//! let request = create.request(&auth, Timestamp::from_unix_seconds(1_676_601_233))?;
//! assert_eq!(
//!     request.uri(),
//!     "https://pro.qcc.com/api/radar_ext/createReport?key=FAKE-KEY-0001&reportType=day",
//! );
//! assert_eq!(request.headers()["Timespan"], "1676601233");
//! assert_eq!(request.headers()["Token"], "6D0D6BDD9C029D68A04E29731ABC7E4E");
//!
//! // … and give the whole response back.
//! let body = r#"{"status":"200","msg":"查询成功","result":{"orderNo":"JKDAY-167660123348194027"}}"#;
//! let answer = create.reply(&auth, &Response::new(body.into()))?;
//! assert_eq!(answer.value.order_no, "JKDAY-167660123348194027");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Two envelopes on one host
//!
//! `api/yj` answers `Status`, `Message`, `Result`, `OrderNumber`; `api/radar_ext` answers `status`,
//! `msg`, `result`. Both are read by the same code, whatever the letter case, with the status as a
//! string or a number. HTTP 200 with another status than `200` is a failure.
//!
//! # What the signature does not protect
//!
//! It covers the key, the time and the secret, nothing else (see [`jindiao_signing`]): not the
//! path, not the query. QCC serves https; use it.

mod auth;
mod eci_image;
mod envelope;
mod radar;
#[cfg(test)]
mod testing;

pub use auth::{Auth, OPEN_ORIGIN, ORIGIN};
pub use eci_image::{GetEciImage, ImageUrl};
pub use radar::{CreateReport, CreatedReport, GetReportInfo, ReportInfo};
