#![doc = include_str!("../README.md")]
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
mod format;
mod patent_report;
mod region;
mod task;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod token;

pub use auth::{Access, Auth, Credential, TokenAuth};
pub use company_report::{CompanyReportStatus, CreateCompanyReport};
pub use format::ReportFormat;
pub use patent_report::{CreatePatentReport, PatentReportStatus};
pub use region::{CN_ORIGIN, INTL_ORIGIN, Region};
pub use task::{CreatedTask, LINK_LIFE, TaskState, TaskStatus};
pub use token::{IssuedToken, RequestToken, TOKEN_LIFE};
