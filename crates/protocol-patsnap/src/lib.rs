//! The report API of PatSnap (智慧芽) as values: exchanges that can be asked and read, never sent.
//!
//! | exchange | what it does | effect |
//! |---|---|---|
//! | [`RequestToken`] | fetches a token for half an hour; not needed with an API key | read |
//! | [`CreateCompanyReport`] | orders the innovation report of a company | charge |
//! | [`CompanyReportStatus`] | where that report stands | read |
//! | [`CreatePatentReport`] | orders the value report of a patent | charge |
//! | [`PatentReportStatus`] | where that report stands | read |
//!
//! ```
//! use http::Response;
//! use jindiao_protocol::{Company, Exchange, Timestamp};
//! use jindiao_protocol_patsnap::{Auth, CreateCompanyReport, Region, ReportFormat};
//! use jindiao_signing::patsnap::ApiKey;
//!
//! let auth = Auth::with_api_key(Region::Cn.origin(), ApiKey::new("sk-fake")?);
//! let create = CreateCompanyReport {
//!     company: Company::named("小米科技有限责任公司".parse()?),
//!     format: ReportFormat::Pdf,
//!     logo: true,
//! };
//!
//! // Send this with any HTTP client …
//! let request = create.request(&auth, Timestamp::EPOCH)?;
//! assert_eq!(
//!     request.uri(),
//!     "https://connect.zhihuiya.com/innovation/company-report/task/create",
//! );
//! assert_eq!(
//!     request.body(),
//!     r#"{"report_type":"pdf","company_name":"小米科技有限责任公司"}"#,
//! );
//!
//! // … and give the whole response back. The id keeps its digits, number or not.
//! let body = r#"{"data":{"job_id":1579434053399035904},"status":true,"error_code":0}"#;
//! let answer = create.reply(&auth, &Response::new(body.into()))?;
//! assert_eq!(answer.value.job_id, "1579434053399035904");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Two credentials, two regions
//!
//! An account has either a client id with a secret, which buy tokens of half an hour, or a static
//! API key ([`Credential`]). Either belongs to one region ([`Region`]): the other one refuses it
//! with code 67200202 (seen by a third party).
//!
//! # Success
//!
//! PatSnap answers nearly everything with HTTP 200. A reply is a success when `status` is true
//! *and* `error_code` is 0; anything that contradicts itself, or lacks either, is unreadable, which
//! says nothing about whether a report was ordered.

mod auth;
mod company_report;
mod envelope;
mod patent_report;
mod task;
#[cfg(test)]
mod testing;
mod token;

pub use auth::{Access, Auth, CN_ORIGIN, Credential, INTL_ORIGIN, Region, TokenAuth};
pub use company_report::{CompanyReportStatus, CreateCompanyReport};
pub use patent_report::{CreatePatentReport, PatentReportStatus};
pub use task::{CreatedTask, LINK_LIFE, ReportFormat, TaskState, TaskStatus};
pub use token::{IssuedToken, RequestToken, TOKEN_LIFE};
