//! A list written back with what became of each line.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    (
        "nothing was ordered: --export {path}: {why}",
        "未下任何订单：--export {path}：{why}",
    ),
    (
        "the name must end with .xlsx or .csv",
        "文件名须以 .xlsx 或 .csv 结尾",
    ),
    (
        "that is the list itself, or the ledger: name another file",
        "这是名单本身或账本：请换一个文件",
    ),
    ("that is a folder", "这是文件夹"),
    ("its folder is not there", "所在文件夹不存在"),
    (
        "nothing was ordered: a workbook has {most} lines, and the list {lines}",
        "未下任何订单：工作簿最多 {most} 行，而名单有 {lines} 行",
    ),
    ("export it as .csv", "请导出为 .csv"),
    (
        "nothing was ordered: the list cannot be copied for --export",
        "未下任何订单：无法为 --export 复制名单",
    ),
    ("the orders are not those of the list", "订单与名单不一致"),
    ("{path} cannot be written", "无法写入 {path}"),
    (
        "the orders are in the ledger: the same command writes it again",
        "订单都在账本中：重新执行同一命令即可再次写出",
    ),
];
