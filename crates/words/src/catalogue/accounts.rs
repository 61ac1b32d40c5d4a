//! The accounts with the vendors, as a run opens them.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    ("TLS cannot be set up", "无法初始化 TLS"),
    (
        "the simulated orders of {vendor} would go to the real vendor",
        "{vendor} 的模拟订单会发给真实供应商",
    ),
    (
        "set JINDIAO_{name}_URL to a simulator's address, as `jindiao simulate` prints it",
        "请把 JINDIAO_{name}_URL 设为模拟器的地址，即 `jindiao simulate` 显示的地址",
    ),
    (
        "the simulator cannot be used: {error}",
        "模拟器不可用：{error}",
    ),
];
