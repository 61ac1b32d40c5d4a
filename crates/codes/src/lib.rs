#![doc = include_str!("../README.md")]
//!
//! # Where the tables come from
//!
//! From the vendors' documents, and where these are silent or contradict each other from public
//! code that works with the APIs. Every [`Info`] names the documents that list its code
//! ([`Info::documents`], spelled out in [`qcc::DOCUMENTS`] and its siblings), keeps the vendor's
//! own words ([`Info::texts`]) and shows the contradictions ([`Info::conflicts`]).
//!
//! Two columns are careful readings and not facts. [`Info::counted`] is inferred: no document
//! says in words which codes are paid for. [`Info::outcome`] takes a code as proof that nothing
//! was placed only where the vendor refused the call (a parameter, a permission, a quota); an
//! internal error or a timeout behind the vendor's gateway proves nothing.

#![no_std]

extern crate alloc;

mod advice;
mod code;
mod generated;
mod info;
mod other;
pub mod patsnap;
pub mod qcc;
mod vendor;
mod vendor_code;
#[cfg(feature = "serde")]
mod wire;
mod words;
pub mod yibeidiao;

pub use advice::Advice;
pub use code::Code;
pub use info::{Conflict, Document, Info, VendorText};
pub use other::{OtherCode, OtherVendor};
pub use vendor::{UnknownVendor, Vendor};
pub use words::{Class, Counted, Outcome, Scope, UnknownWord};
