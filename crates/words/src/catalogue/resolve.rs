//! `jindiao resolve`: decisions, one or many.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    ("no order is uncertain as you say", "没有符合条件的存疑订单"),
    (
        "{orders} decided; {stake} yuan were at stake",
        "已裁定 {orders}；涉及 {stake} 元",
    ),
    ("a reference is of one order only", "一个单号只属于一个订单"),
    (
        "--from FILE takes a CSV file order,verdict,reference for many orders at once",
        "--from FILE 读取 order,verdict,reference 的 CSV 文件，一次裁定多个订单",
    ),
    (
        "note: {orders} left out: charged for sure, so that ordering again is a second charge; decide by id",
        "注意：略过 {orders}：确已计费，重新下单会再次计费；请按编号逐个裁定",
    ),
    (
        "{orders} with {stake} yuan at stake are given up",
        "将放弃 {orders}，涉及 {stake} 元",
    ),
    (
        "{orders} with {stake} yuan at stake are ordered again, for up to {stake} yuan more",
        "将重新下单 {orders}，涉及 {stake} 元，最多再付 {stake} 元",
    ),
    ("--yes decides without asking", "--yes 不再询问直接裁定"),
    ("nothing was decided", "未作任何裁定"),
    (
        "line {line} decides about this order already",
        "第 {line} 行已裁定此订单",
    ),
    (
        "placed needs the vendor's reference",
        "placed 需要供应商的单号",
    ),
    (
        "the reference was rounded by a spreadsheet: format the column as text and enter it again",
        "单号已被表格软件舍入：请将该列设为文本格式后重新填写",
    ),
    (
        "the verdict must be placed, not-placed or abandon",
        "verdict 必须是 placed、not-placed 或 abandon",
    ),
    ("only placed takes a reference", "只有 placed 可以带单号"),
    ("the header has no column `{name}`", "表头没有 `{name}` 列"),
    (
        "there is no column `{name}`; there are order, verdict and reference",
        "没有 `{name}` 这一列；可用的有 order、verdict 和 reference",
    ),
    ("it is given up", "已放弃"),
    ("the next run orders it", "下次运行将下单"),
    ("the next run fetches it", "下次运行将取回报告"),
    ("a worker orders it", "工作进程将下单"),
    ("a worker fetches it", "工作进程将取回报告"),
    (
        "{order} is {state} now: {next}",
        "{order} 现为{state}：{next}",
    ),
    ("cannot read the reference", "无法读取单号"),
    ("1 order", "1 个订单"),
    ("{n} orders", "{n} 个订单"),
];
