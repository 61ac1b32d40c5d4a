//! `jindiao check`, and what a run would make of a list.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    ("the list cannot be ordered", "名单不能下单"),
    (
        "note: there is no ledger {path} yet: nothing counts as ordered before",
        "注意：账本 {path} 尚不存在，名单中的报告都按未下过单处理",
    ),
    (
        "line {line}: {product} {subject}: {state}; jindiao show {order}",
        "第 {line} 行：{product} {subject}：{state}；详见 jindiao show {order}",
    ),
    ("{n} {state}", "{n} 个{state}"),
    (
        "a run leaves alone what somebody must see to: {states}",
        "以下订单需要人工处理，运行时不会动它们：{states}",
    ),
    ("and {more} more", "另有 {more} 个未列出"),
    (
        "the ledger {path} holds real orders",
        "账本 {path} 中是真实订单",
    ),
    (
        "the ledger {path} holds simulated orders",
        "账本 {path} 中是模拟订单",
    ),
    (
        "simulated and real orders never share a ledger: name another file with --ledger",
        "模拟订单与真实订单不能共用账本：请用 --ledger 指定另一个文件",
    ),
    (
        "note: the list is read from the terminal; a line with Ctrl-D alone ends it",
        "注意：正在从终端读取名单；单独一行按 Ctrl-D 结束",
    ),
    ("nothing was ordered", "未下任何订单"),
];
