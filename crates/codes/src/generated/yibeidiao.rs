use std::time::Duration;

use crate::yibeidiao::Code;
use crate::{Advice, Class, Conflict, Counted, Document, Info, Outcome, Scope, Vendor, VendorText};

/// The codes that the table lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u8)]
pub enum Known {
    /// `000`: success.
    Success,
}

impl Known {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Success];
}

impl Code {
    /// `000`: success.
    pub const SUCCESS: Self = Self::of(Known::Success);
}

/// The documents.
pub static DOCUMENTS: [Document; 0] = [];

pub(crate) fn find(text: &str) -> Option<Known> {
    Some(match text {
        "000" => Known::Success,
        _ => return None,
    })
}

pub(crate) static OVERRIDES: [Info; 0] = [];

pub(crate) static INFOS: [Info; 1] = [Info {
    vendor: Vendor::Yibeidiao,
    code: "000",
    name: "success",
    endpoint: None,
    class: None,
    scope: Scope::Request,
    advice: Advice::Proceed,
    counted: Counted::Likely,
    outcome: Outcome::Done,
    en: "success",
    zh: "成功",
    todo_en: "nothing",
    todo_zh: "无需处理",
    texts: &[],
    conflicts: &[],
}];
