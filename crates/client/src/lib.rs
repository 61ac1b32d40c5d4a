#![doc = include_str!("../README.md")]
//!
//! # Was it sent?
//!
//! Every attempt ends with a [`Delivery`](jindiao_protocol::Delivery). `NeverSent` is a promise:
//! the request could not be built, its [`SendGuard`] had ended, or no connection stood. Whatever
//! goes wrong once there is a connection is `MaybeSent`. To keep that doubt small a call that
//! charges gets a connection of its own, and its guard is asked once more when that stands.
//!
//! What may be repeated follows from it, in one place: [`Client::send`] repeats a `Read` when that
//! may help, and a `Charge` only when it was never sent or the vendor answered that nothing was
//! done. A [`RetryPolicy`] bounds how often and how long.
//!
//! # Clocks
//!
//! QCC and Yibeidiao sign the time of a request. Where one of them refuses it, and the `Date` of its
//! answer is far from the time that was signed, [`Vendors`] signs with the vendor's time from then
//! on, and says so once ([`ClockNote`]). Nothing else is corrected.
//!
//! # Downloads
//!
//! [`Client::download`] treats a link as what it is, an address from outside: no credentials go
//! there, private addresses are refused ([`AddressPolicy`]), also behind names and redirects, and
//! what comes is a report only if its size, first bytes and end say so.

mod address;
mod client;
mod coding;
mod connect;
mod disk;
mod download;
mod error;
mod guard;
mod host;
mod http;
mod link_hosts;
mod own_file;
mod pace;
mod part;
mod probe;
mod retry;
mod seal;
mod skew;
mod time;
mod token;
mod transport;
mod vendors;

pub use address::AddressPolicy;
pub use client::Client;
pub use connect::{HttpOptions, HttpOptionsError};
pub use download::{DownloadError, DownloadErrorKind, DownloadLimits, StoredFile};
pub use error::{Attempt, CallError, CallErrorKind};
pub use guard::{Gate, SendGuard};
pub use http::{HttpTransport, HttpTransportError};
pub use link_hosts::{LinkHosts, LinkHostsError};
pub use pace::{DailyLimitReached, Pace, PaceLimits, Permit};
pub use probe::{Probe, ProbedClock};
pub use retry::{RetryPolicy, Verdict};
pub use seal::{LinkSeal, Unsealable};
pub use skew::ClockNote;
pub use time::{SystemClock, Time, VirtualClock};
pub use token::TokenCache;
pub use transport::{
    BoxFuture, Chunks, OpenTerms, SendTerms, Transport, TransportError, TransportErrorKind,
};
pub use vendors::{Asked, Prepared, Vendors};
