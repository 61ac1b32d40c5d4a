//! Status codes of QCC, PatSnap and Yibeidiao: meaning, scope, advice.

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
