//! What the vendor protocols share.
//!
//! An [`Exchange`] is one request and its reply as a value: it knows how to be asked and how to be
//! read, never how to be sent. Around it stand the words that every floor above uses: [`Effect`]
//! (may it be repeated?), [`Delivery`] (did it leave?), [`Link`] (a download address that expires),
//! [`Timestamp`] (time is an argument), [`Subject`] (what a report is about) and [`ReplyError`]
//! (what the vendor said instead).
//!
//! There is no HTTP client, no clock and no I/O here: bring your own.

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
pub use jindiao_codes::{Advice, Code, Vendor};
pub use link::{Link, LinkError};
pub use origin::{Origin, OriginError};
pub use raw_link::RawLink;
pub use redact::redacted_url;
pub use subject::{
    Company, CompanyName, CreditCode, OrgNumber, Patent, Period, RecordNo, Subject, SubjectError,
};
pub use time::{ChinaDate, Timestamp, TimestampError};
