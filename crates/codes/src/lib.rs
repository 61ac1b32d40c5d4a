//! Status codes of QCC (企查查), PatSnap (智慧芽) and Yibeidiao (易背调): what they mean, how far
//! the trouble reaches, what to do next, and what they prove about a call that charges.
//!
//! ```
//! use jindiao_codes::{Advice, Code, Outcome, Vendor, qcc};
//! use std::time::Duration;
//!
//! // Parsing never fails, and codes work in `match`.
//! let next = match qcc::Code::parse("110") {
//!     qcc::Code::SUCCESS => "read the result",
//!     qcc::Code::REPEATED_FAILURES => "leave this company alone for two hours",
//!     _ => "see the table",
//! };
//! assert_eq!(next, "leave this company alone for two hours");
//!
//! // The table behind a code, in English and Chinese.
//! let code = Code::parse(Vendor::Qcc, "110");
//! let info = code.info().expect("110 is listed");
//! assert_eq!(info.advice, Advice::Cooldown(Duration::from_secs(2 * 60 * 60)));
//! println!("{code}: {} {}", info.en, info.todo_en);
//! println!("{code}：{}{}", info.zh, info.todo_zh);
//!
//! // The same code may mean something else at another endpoint.
//! let code = Code::parse(Vendor::Qcc, "201");
//! assert_eq!(code.info().expect("listed").name, "no_result");
//! assert_eq!(code.info_at("radar_ext/createReport").expect("listed").name, "no_risk_change");
//!
//! // An unknown code keeps its text, and is never taken as proof that nothing was bought.
//! let code = Code::parse(Vendor::Patsnap, "67209999");
//! assert_eq!(code.as_str(), "67209999");
//! assert_eq!(code.advice_at("company-report/task/create"), Advice::GiveUp);
//! assert_eq!(code.outcome_at("company-report/task/create"), Outcome::Unclear);
//! ```
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
//!
//! # Weight
//!
//! No dependencies. The feature `serde` adds `Serialize` and `Deserialize`: a [`Code`] as
//! `"qcc/110"`, a vendor's own code as its text, words by their stable ids.

mod code;
mod generated;
mod info;
pub mod patsnap;
pub mod qcc;
mod vendor;
mod vendor_code;
#[cfg(feature = "serde")]
mod wire;
pub mod yibeidiao;

pub use code::Code;
pub use info::{
    Advice, Class, Conflict, Counted, Document, Info, Outcome, Scope, UnknownWord, VendorText,
};
pub use vendor::{UnknownVendor, Vendor};
