//! What the vendor crates make requests of and read replies with.
//!
//! Vendors give the same field as a string today and as a number tomorrow, leave it out, or fill
//! it with `null` or `""`. [`Loose`] reads all of these and keeps every digit: nothing passes
//! through a float.

mod loose;
mod request;
mod text;

pub use loose::{Loose, Object, json};
pub use request::{sensitive, target};
pub use text::{vendor_text, without_digests};
