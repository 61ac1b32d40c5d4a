//! The life of an order, and its products.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    ("planned", "待下单"),
    ("ordering", "下单中"),
    ("ordered", "已下单"),
    ("waiting", "等待报告"),
    ("ready", "可下载"),
    ("stored", "已保存"),
    ("uncertain", "存疑"),
    ("refused", "被拒绝"),
    ("failed", "失败"),
    ("held", "暂停"),
];
