#![doc = include_str!("../README.md")]
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
//!
//! # What no document says
//!
//! - How far `ts` may be from the vendor's clock, and in which zone it is: taken for China's.
//! - How long a `seq` is remembered, and what a repeated one is answered with beside code 902. See
//!   [`Seq`].
//! - Whether a `sign` in lower case is taken: ours are in upper case, replies may have either.
//! - What `msg` holds while there is no report. The page says that only a record in progress has one,
//!   and then that only a finished one has; success with nothing in `msg` is
//!   [`TempReport::NotReady`].

mod auth;
mod envelope;
mod seq;
mod temp_report;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use auth::{Auth, ORIGIN};
pub use seq::{Seq, SeqError};
pub use temp_report::{GenerateTempReport, LINK_LIFE, TempReport};
