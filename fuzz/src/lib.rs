//! What the fuzz targets do with the bytes they are given.
//!
//! Each function is one target. It ends normally whatever the bytes are; where something must
//! hold for a value or an error, it is asserted.

mod code;
mod kept;
mod link;
mod list;
mod order;
mod patsnap;
mod qcc;
mod reply;
mod workbook;
mod yibeidiao;

pub use code::code;
pub use kept::kept;
pub use link::link;
pub use list::list;
pub use order::order;
pub use patsnap::patsnap_reply;
pub use qcc::qcc_reply;
pub use workbook::workbook;
pub use yibeidiao::yibeidiao_reply;
