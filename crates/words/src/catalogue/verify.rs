//! `jindiao verify`: how files differ from what was stored.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    ("cannot read {path}", "无法读取 {path}"),
    (
        "give the folder that was --out of a run",
        "请给出某次运行的 --out 文件夹",
    ),
    (
        "{n} of {all} files are as the manifest says",
        "{all} 个文件中 {n} 个与文件清单一致",
    ),
    (
        "{file} (order {order}): {problem}",
        "{file}（订单 {order}）：{problem}",
    ),
    ("the line is not readable", "此行无法读取"),
    ("the path leads out of the folder", "路径指向文件夹之外"),
    ("there is no such file", "没有此文件"),
    ("cannot be read: {error}", "无法读取：{error}"),
    (
        "the size is {size} and should be {expected}",
        "大小为 {size}，应为 {expected}",
    ),
    (
        "the content is not what was stored: the SHA-256 digest differs",
        "内容与保存时不同：SHA-256 摘要不符",
    ),
];
