//! What `jindiao man` says.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    (
        "the pages cannot be written into {path}",
        "无法将手册页写入 {path}",
    ),
    ("{pages} pages in {path}", "{path} 中有 {pages} 页"),
];
