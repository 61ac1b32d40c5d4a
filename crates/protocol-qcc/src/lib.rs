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
