//! PatSnap (智慧芽): the codes of `error_code`.

use core::convert::identity;

crate::vendor_code::vendor_code! {
    /// A PatSnap error code.
    crate::generated::patsnap, identity
}
