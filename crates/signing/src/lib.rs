//! Request signatures of QCC, PatSnap and Yibeidiao, as values.
//!
//! Nothing here speaks HTTP, reads a clock or keeps state: a signature is computed from
//! credentials and a time that the caller passes in, and comes back as text for a header.
//!
//! ```
//! use jindiao_signing::qcc;
//!
//! let key = qcc::AppKey::new("FAKE-KEY-0001")?;
//! let secret = qcc::SecretKey::new("FAKE-SECRET-0001")?;
//! let signature = qcc::sign(&key, &secret, 1_676_601_233);
//! assert_eq!(signature.timespan.as_str(), "1676601233");
//! assert_eq!(signature.token.as_str(), "6D0D6BDD9C029D68A04E29731ABC7E4E");
//! # Ok::<(), jindiao_signing::InvalidSecret>(())
//! ```
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
//! # What these signatures do not protect
//!
//! MD5 is here because it is the vendors' wire format, not because it is a good choice: it is
//! broken as a hash, and a plain digest of concatenated values is no modern authentication code.
//! Even taken at its word the signature covers only the credentials, the time and (Yibeidiao) the
//! serial number. It does **not** cover the path, the query, the body or the payload of a reply:
//! whoever sees one signed request can send another one with it, for as long as the vendor accepts
//! its time. Yibeidiao's signed replies prove as little about their `msg`. Only TLS protects the
//! rest, so use `https` wherever the vendor serves it.
//!
//! The time in a signature is the signer's word. A signature for a later time is good later: sign
//! for no time that somebody else has chosen and you do not believe.
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
