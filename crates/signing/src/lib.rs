#![doc = include_str!("../README.md")]
//!
//! # Yibeidiao
//!
//! ```
//! use jindiao_signing::yibeidiao::{self, CompanyKey, Token, Ts};
//!
//! // The vendor's published sample (ShowDoc 1865243955181250).
//! let key = CompanyKey::new("CF6BF781AB82FEF5BFDF96B054ECEB15")?;
//! let token = Token::new("8FD2867925098ECFA5DC1DB15B5A3E79")?;
//! let ts = Ts::from_unix_seconds(1_546_412_155); // 06:55:55 UTC is 14:55:55 in China
//! assert_eq!(ts.as_str(), "20190102145555");
//!
//! let sign = yibeidiao::sign(&key, &ts, "N123456", &token);
//! assert_eq!(sign.as_str(), "65F3CB60DDEA32F61A0AA3D06D5AC348");
//! assert!(yibeidiao::verify(&key, ts.as_str(), "N123456", &token, sign.as_str()));
//! # Ok::<(), jindiao_signing::InvalidSecret>(())
//! ```
//!
//! # PatSnap
//!
//! ```
//! use jindiao_signing::patsnap;
//!
//! let id = patsnap::ClientId::new("fake-client")?;
//! let secret = patsnap::ClientSecret::new("fake-secret")?;
//! let header = patsnap::basic(&id, &secret);
//! assert_eq!(header.expose(), "Basic ZmFrZS1jbGllbnQ6ZmFrZS1zZWNyZXQ=");
//! assert_eq!(format!("{header:?}"), "[redacted]");
//! # Ok::<(), jindiao_signing::InvalidSecret>(())
//! ```
//!
//! # Secrets
//!
//! Every credential is a type of its own: `Debug` prints `[redacted]`, there is no `Display` and no
//! serialised form, comparison takes constant time for equal lengths, and the memory is zeroed on
//! drop. `expose` is the only way to the text, so that a search for it finds every use.

#![no_std]

extern crate alloc;

mod digest;
mod secret;

pub mod patsnap;
pub mod qcc;
pub mod yibeidiao;

pub use secret::InvalidSecret;
