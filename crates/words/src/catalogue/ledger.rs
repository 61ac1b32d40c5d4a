//! `jindiao status`, `orders` and `show`.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    ("vendor", "供应商"),
    ("state", "状态"),
    ("orders", "订单数"),
    ("yuan", "元"),
    ("no orders", "没有订单"),
    (
        "{stored} of {all} orders are stored",
        "{all} 个订单中已保存 {stored} 个",
    ),
    (
        "hint: `jindiao orders --state uncertain{flag}` lists what waits for a decision",
        "提示：`jindiao orders --state uncertain{flag}` 列出等待裁定的订单",
    ),
    ("order", "订单"),
    ("subject", "对象"),
    ("updated", "更新时间"),
    ("what", "说明"),
    (
        "{n} uncertain; {stake} yuan may have been charged in vain",
        "{n} 个存疑；可能有 {stake} 元白白计费",
    ),
    (
        "hint: `{command} --all-uncertain --not-placed{flag}` (or --abandon, with --vendor, --product, --before) answers for many at once",
        "提示：`{command} --all-uncertain --not-placed{flag}`（或 --abandon，可加 --vendor、--product、--before）一次裁定多个订单",
    ),
    ("at", "时间"),
    ("exchange", "调用"),
    ("delivery", "送达"),
    ("http", "HTTP"),
    ("code", "状态码"),
    ("serial", "流水号"),
    ("took", "用时"),
    ("maybe sent", "可能已送达"),
    ("answered", "已应答"),
    ("yes", "是"),
    ("no", "否"),
    ("maybe", "可能"),
    ("denied", "已否认"),
    ("format", "格式"),
    ("reference", "供应商单号"),
    ("placed", "下单时间"),
    ("file", "文件"),
    ("size", "大小"),
    ("{n} bytes", "{n} 字节"),
    ("sha256", "SHA-256"),
    (
        "{path} is the ledger: name another file",
        "{path} 是账本：请另取文件名",
    ),
];
