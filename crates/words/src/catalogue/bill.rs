//! `jindiao bill`: its columns, and what they mean.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    ("{path}: {n} exchanges", "{path}：{n} 条往来记录"),
    ("charges", "计费次数"),
    ("yuan charged", "计费（元）"),
    ("yuan uncertain", "存疑（元）"),
    ("yuan denied", "已否认（元）"),
    ("likely counted", "可能计次"),
    ("total", "合计"),
    ("day", "日期"),
    (
        "note: uncertain is what may have been charged and was not answered; an invoice tells",
        "注意：存疑是可能已计费而未得到应答的；以供应商账单为准",
    ),
    (
        "note: denied is what you said that the vendor does not have; on an invoice, dispute it",
        "注意：已否认是您裁定供应商没有的；若出现在账单上，请提出异议",
    ),
    ("cannot write {path}", "无法写入 {path}"),
];
