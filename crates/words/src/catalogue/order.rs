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
    (
        "the report is stored: there is nothing to decide",
        "报告已保存，无需裁定",
    ),
    (
        "the vendor has this order already and it will be asked for again; --abandon gives it up",
        "供应商已接此订单，将继续查询；如要放弃请用 --abandon",
    ),
    (
        "nothing was ordered yet, so nothing can have been placed",
        "尚未下单，不可能已被接单",
    ),
    (
        "that is no reference: give the vendor's order number or job id",
        "这不是有效的单号：请给出供应商的订单号或任务号",
    ),
    (
        "this product is answered with the link at once and has no order number; give the https link to the file, or use --not-placed or --abandon",
        "此产品下单后直接返回链接，没有订单号；请给出文件的 https 链接，或用 --not-placed、--abandon",
    ),
    (
        "this product is not ordered, only asked for; use --not-placed to ask again or --abandon",
        "此产品无需下单，只需获取；请用 --not-placed 重新获取，或用 --abandon 放弃",
    ),
    (
        "no such state; there are planned, ordering, ordered, waiting, ready, stored, uncertain, refused, failed and held",
        "没有这个状态；可用的有 planned、ordering、ordered、waiting、ready、stored、uncertain、refused、failed 和 held",
    ),
    (
        "not the id of an order: 12 digits and small letters",
        "不是订单编号：应为 12 位数字和小写字母",
    ),
    (
        "no such product; there are qcc/snapshot, qcc/risk-report, patsnap/innovation-report, patsnap/patent-value-report and yibeidiao/interim-report",
        "没有这个产品；可用的有 qcc/snapshot、qcc/risk-report、patsnap/innovation-report、patsnap/patent-value-report 和 yibeidiao/interim-report",
    ),
    (
        "not an amount in yuan: write digits with at most two places, e.g. 12.50",
        "不是以元为单位的金额：请写数字，最多两位小数，例如 12.50",
    ),
    ("company", "公司"),
    ("period", "期间"),
    ("record number", "背调号"),
    ("patent", "专利"),
    (
        "{product} is about a {wanted}, not a {given}",
        "{product} 的对象是{wanted}，不是{given}",
    ),
    (
        "{product} comes as {formats}",
        "{product} 的格式为 {formats}",
    ),
    (" or ", " 或 "),
];
