//! QCC (企查查): the codes of `Status` and `status`.

use core::convert::identity;

crate::vendor_code::vendor_code! {
    /// A QCC status code.
    crate::generated::qcc, identity
}
