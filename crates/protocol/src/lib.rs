#![doc = include_str!("../README.md")]

mod delivery;
mod error;
mod exchange;
mod file_kind;
mod link;
mod origin;
mod raw_link;
mod redact;
mod subject;
mod time;
pub mod wire;

pub use delivery::{Delivery, Effect};
pub use error::{ReplyError, ReplyErrorKind, RequestError};
pub use exchange::{Answer, Exchange, Receipt};
pub use file_kind::FileKind;
pub use jindiao_codes::{Advice, Code, Info, Outcome, Vendor};
pub use link::{Link, LinkError};
pub use origin::{Origin, OriginError};
pub use raw_link::RawLink;
pub use redact::redacted_url;
pub use subject::{
    Company, CompanyName, CreditCode, OrgNumber, Patent, PatentId, PatentNumber, Period, RecordNo,
    Subject, SubjectError,
};
pub use time::{ChinaDate, Timestamp, TimestampError};
