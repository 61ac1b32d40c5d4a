//! What `jindiao simulate` says.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    (
        "the simulated vendors are at work; Ctrl-C ends them",
        "模拟供应商已启动；按 Ctrl-C 结束",
    ),
    (
        "--addr 127.0.0.1:0 takes a free port",
        "--addr 127.0.0.1:0 使用空闲端口",
    ),
    ("the fault plan is wrong", "故障计划有误"),
    (
        "cannot read the fault plan {path}",
        "无法读取故障计划 {path}",
    ),
    ("write e.g. {example}", "请写例如 {example}"),
];
