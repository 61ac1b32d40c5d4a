//! What keeps a ledger, or the folder of the reports, from being used.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    ("there is no ledger {path}", "没有账本 {path}"),
    (
        "{path} is not a ledger of jindiao",
        "{path} 不是 jindiao 的账本",
    ),
    (
        "the ledger {path} has version {found}, this program knows up to {known}",
        "账本 {path} 的版本是 {found}，本程序只支持到 {known}",
    ),
    (
        "the ledger {path} holds simulated orders, and real ones were asked for",
        "账本 {path} 中是模拟订单，而要求的是真实订单",
    ),
    (
        "the ledger {path} holds real orders, and simulated ones were asked for",
        "账本 {path} 中是真实订单，而要求的是模拟订单",
    ),
    (
        "the orders of the ledger {path} are in the cluster {to}",
        "账本 {path} 的订单在集群 {to} 中",
    ),
    (
        "the ledger {path} is in use by {holder}",
        "账本 {path} 正被占用：{holder}",
    ),
    ("the ledger {path} is damaged", "账本 {path} 已损坏"),
    (
        "the disk is full, the ledger {path} cannot be written",
        "磁盘已满，账本 {path} 无法写入",
    ),
    (
        "the ledger {path} cannot be read or written",
        "账本 {path} 无法读写",
    ),
    ("no such order in {path}", "{path} 中没有此订单"),
    (
        "more than one order in {path} has an id that begins like this",
        "{path} 中有多个订单的编号以此开头",
    ),
    (
        "the decision does not fit the order",
        "此裁定不适用于该订单",
    ),
    ("the ledger {path} cannot be used", "账本 {path} 无法使用"),
    (
        "name the ledger with --ledger, or order something first",
        "用 --ledger 指定账本，或先下单",
    ),
    (
        "name another file with --ledger; this one is left as it is",
        "用 --ledger 指定另一个文件；此文件保持原样",
    ),
    (
        "use the newer jindiao that wrote it; nothing was changed",
        "请使用写入它的较新版 jindiao；未作任何更改",
    ),
    (
        "order with `jindiao cluster submit`, or name another ledger with --ledger; this one can be looked at only",
        "用 `jindiao cluster submit` 下单，或用 --ledger 指定另一账本；此账本只能查看",
    ),
    (
        "wait for the other run, or end it, and try again",
        "请等另一个任务结束，或结束它，然后重试",
    ),
    (
        "keep the file, restore a copy, and do not start a new ledger: it would not know what was paid",
        "请保留此文件并恢复备份，不要新建账本：新账本不知道已付过哪些费用",
    ),
    (
        "free some space and run the same command again",
        "腾出空间后再次运行同一命令",
    ),
    (
        "check the folder's permissions and that the disk is not full",
        "请检查文件夹权限，并确认磁盘未满",
    ),
    (
        "`jindiao orders` lists the ids",
        "`jindiao orders` 可列出编号",
    ),
    ("give more characters of the id", "请多写几位编号"),
    (
        "the output folder {path} cannot be written",
        "输出文件夹 {path} 无法写入",
    ),
    (
        "line {line} of the manifest cannot be read",
        "文件清单第 {line} 行无法读取",
    ),
    (
        "the ledger failed in the middle of the run: {why}; nothing is ordered without it",
        "账本在运行途中出错：{why}；没有账本就不下单",
    ),
    ("the ledger's writer has ended", "账本的写入线程已结束"),
    ("its thread ended", "账本线程已结束"),
    ("a task outlived the run", "有任务在运行结束后仍未退出"),
    (
        "the manifest {path} cannot be written",
        "文件清单 {path} 无法写入",
    ),
    ("the run cannot be started", "运行任务无法启动"),
];
