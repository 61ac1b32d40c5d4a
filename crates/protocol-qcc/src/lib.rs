#![doc = include_str!("../README.md")]
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
//!
//! # What no document says
//!
//! - How far `Timespan` may be from QCC's clock, and whether a token may be used twice. Code 115 shows
//!   that it ends. Each attempt is signed anew.
//! - Whether a signature was wrong or the caller's address is not on the account's list: 107 is both.
//! - Whether a second `createReport` for the same period is paid for again. It is taken for a
//!   [`Charge`](jindiao_protocol::Effect::Charge).
//! - Which codes are charged, and whether `getReportInfo` is.
//! - How long addresses live. The only sample of a report's lives for a year, by its own `Expires`; of
//!   a picture's nothing is known.
//! - Why a report is `F`, and which other states there are: one that is not known is
//!   [`ReportInfo::Unknown`], and no failure.

mod auth;
mod eci_image;
mod envelope;
mod radar;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use auth::{Auth, OPEN_ORIGIN, ORIGIN};
pub use eci_image::GetEciImage;
pub use radar::{CreateReport, CreatedReport, GetReportInfo, ReportInfo};
