//! The program itself: its one error, its output, its language.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    (", ", "、"),
    ("; ", "；"),
    ("{what}: {count} problems", "{what}：{count} 个问题"),
    ("the list", "名单"),
    ("{what}: {cause}", "{what}：{cause}"),
    ("error: {line}", "错误：{line}"),
    ("hint: {hint}", "提示：{hint}"),
    ("note: {line}", "注意：{line}"),
    ("{what}. Go on? [y/N] ", "{what}。继续吗？[y/N] "),
    ("cannot write the output", "无法写出结果"),
    (
        "JINDIAO_LANG: write zh or en",
        "JINDIAO_LANG：请写 zh 或 en",
    ),
];
