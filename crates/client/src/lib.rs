//! Asks the vendors over HTTP: the only floor that touches the network.
//!
//! A [`Client`] makes calls ([`Client::once`], [`Client::send`]) and downloads reports
//! ([`Client::download`]) on a [`Transport`] and a clock ([`Time`]) that can be brought along.
//! Around it stand the things that keep an account out of trouble: [`Pace`], [`TokenCache`],
//! [`SendGuard`], [`RetryPolicy`] and [`AddressPolicy`].

mod address;
mod client;
mod download;
mod error;
mod guard;
mod http;
mod pace;
mod part;
mod retry;
mod time;
mod token;
mod transport;
mod vendors;

pub use address::AddressPolicy;
pub use client::Client;
pub use download::{DownloadError, DownloadErrorKind, DownloadLimits, StoredFile};
pub use error::{Attempt, CallError, CallErrorKind};
pub use guard::{Gate, SendGuard};
pub use http::{HttpTransport, HttpTransportError};
pub use pace::{DailyLimitReached, Pace, PaceLimits, Permit};
pub use retry::{RetryPolicy, Verdict};
pub use time::{SystemClock, Time, VirtualClock};
pub use token::TokenCache;
pub use transport::{
    BoxFuture, Chunks, OpenTerms, SendTerms, Transport, TransportError, TransportErrorKind,
};
pub use vendors::{Asked, Prepared, Vendors};
