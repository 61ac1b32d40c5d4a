//! `jindiao watch`: its rounds, and the program that it notifies.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    (
        "--every: one round a second at most",
        "--every：每秒最多一轮",
    ),
    (
        "--dry-run orders nothing, and there is nothing to keep up to date",
        "--dry-run 不下单，没有可持续更新的内容",
    ),
    (
        "`jindiao check` says what a list would order",
        "`jindiao check` 可显示名单将下哪些单",
    ),
    (
        "a list that is read from standard input cannot be read again",
        "从标准输入读取的名单无法再次读取",
    ),
    ("save it in a file", "请保存为文件"),
    (
        "nothing was ordered: nobody is there to say yes in each round",
        "未下任何订单：每一轮都需要确认，而无人可确认",
    ),
    (
        "--max-cost YUAN limits what the whole watch may spend; --yes orders whatever the list says",
        "--max-cost YUAN 限定全程的花费；--yes 按名单直接下单",
    ),
    (
        "note: without --fresh-within what is stored stays as it is; new lines are ordered",
        "注意：未给出 --fresh-within，已保存的报告保持不变；只为新增的行下单",
    ),
    (
        "round {round} has ended; the next one begins at {next}",
        "第 {round} 轮已结束；下一轮于 {next} 开始",
    ),
    (
        "stopped; the same command goes on from there",
        "已停止；再次运行同一命令可继续",
    ),
    (
        "--notify-command: name a program",
        "--notify-command：请给出程序",
    ),
    (
        "warning: --notify-command cannot be run: {error}",
        "警告：--notify-command 无法运行：{error}",
    ),
    (
        "warning: --notify-command failed: {status}",
        "警告：--notify-command 失败：{status}",
    ),
    (
        "warning: --notify-command did not end within {seconds} s",
        "警告：--notify-command 在 {seconds} 秒内未结束",
    ),
    (
        "warning: --notify-command cannot be waited for: {error}",
        "警告：无法等待 --notify-command 结束：{error}",
    ),
];
