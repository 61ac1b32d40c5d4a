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
//!
//! # What no document says
//!
//! - Which of a company's identifiers are needed, and which one wins: all that are known are sent.
//! - Whether a creation that is repeated is paid for again, and whether a task that fails is. Each is
//!   taken for a [`Charge`](jindiao_protocol::Effect::Charge).
//! - What comes for a token that has ended, and whether a new token ends the one before.
//! - Whether a static key opens the report operations on both gateways.
//! - What the state of an unknown, a foreign or an old task is, and whether asking again signs a new
//!   address. An answer about another task than the one that was asked for is not used.
//! - Which states there are beside the four: one that is not known is [`TaskState::Unknown`], and no
//!   failure.

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
