//! The report API of Yibeidiao (易背调) as values: exchanges that can be asked and read, never sent.
//!
//! There is one exchange, [`GenerateTempReport`]: the interim report of a background check that is
//! under way. The check itself is paid already, so asking is a read and may be repeated.
//!
//! ```
//! use http::Response;
//! use jindiao_protocol::{Exchange, Timestamp};
//! use jindiao_protocol_yibeidiao::{Auth, GenerateTempReport, ORIGIN, Seq, TempReport};
//! use jindiao_signing::yibeidiao::{CompanyKey, Token};
//!
//! // The vendor's published credentials (ShowDoc 1865243955181250, 1900158036953464).
//! let auth = Auth::new(
//!     ORIGIN.parse()?,
//!     CompanyKey::new("CF6BF781AB82FEF5BFDF96B054ECEB15")?,
//!     Token::new("8FD2867925098ECFA5DC1DB15B5A3E79")?,
//! );
//! let generate = GenerateTempReport {
//!     record_no: "20190415152645093983751".parse()?,
//!     seq: Seq::new("s20190415110900")?,
//! };
//!
//! // Send this with any HTTP client …
//! let request = generate.request(&auth, Timestamp::from_unix_seconds(1_546_412_155))?;
//! assert_eq!(
//!     request.uri(),
//!     "http://api.yibeidiao.com/open/company/record/generate-temp-report\
//!      ?recordNo=20190415152645093983751",
//! );
//! assert_eq!(request.headers()["ts"], "20190102145555");
//!
//! // … and give the whole response back: its signature is checked.
//! let body = r#"{"code":"000","key":"CF6BF781AB82FEF5BFDF96B054ECEB15","seq":"s20190415110900",
//!     "ts":"20190415110910","sign":"49f10f06240237c7710ed617758f9b3c",
//!     "msg":"https://res.yibeidiao.com/survey-result/a.pdf?Expires=1555384438"}"#;
//! let answer = generate.reply(&auth, &Response::new(body.into()))?;
//! assert!(matches!(answer.value, TempReport::Ready { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What the signature protects, and what it does not
//!
//! `sign` is MD5 over key, ts, seq and token, in requests and in replies alike
//! (ShowDoc 1865243955181250, 1873739988592287). The token itself is never sent. So:
//!
//! | | covered | not covered |
//! |---|---|---|
//! | request | whose it is, its time, its `seq` | method, path, query (the record number), body |
//! | reply | whose it is, its time, its `seq` | `code`, `msg` (the report's address), HTTP status |
//!
//! A reply whose key or `seq` is not the request's, whose `sign` does not verify, or that is not
//! signed is refused as [`Tampered`](jindiao_protocol::ReplyErrorKind::Tampered), and nothing of it
//! is used. That finds an answer to another question or to another account. It does not find:
//!
//! - another address in `msg`, or a `code` that was changed. Check where a link leads before you
//!   follow it.
//! - a reply that carries the `ts` and `sign` of the request: by the vendor's rule they are good for
//!   the reply, too.
//! - a wrong time in a reply. No document gives it a limit; `seq`, which is new for each question, is
//!   what makes an old answer useless.
//! - a refusal with one of the codes 901 to 906, which the vendor itself does not sign. Whoever can
//!   write replies can have an account look broken.
//!
//! # What plain HTTP means here
//!
//! The documented address is `http://`. Whoever is on the way between you and the vendor can read
//! the record number and the report's address, use a signed request for another record while its
//! time is good, and change all that is not covered. Whether the vendor serves https is in no
//! document; if it does for you, use it: the address is yours to give.

mod auth;
mod envelope;
mod seq;
mod temp_report;
#[cfg(test)]
mod testing;

pub use auth::{Auth, ORIGIN};
pub use seq::{Seq, SeqError};
pub use temp_report::{GenerateTempReport, LINK_LIFE, TempReport};
