//! What is wrong with a configuration.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    ("the configuration is wrong", "配置有误"),
    ("cannot read the configuration {path}", "无法读取配置 {path}"),
    ("the ca_file {path} cannot be used", "ca_file {path} 无法使用"),
    ("the configuration {path} belongs to another user: it could send your credentials elsewhere", "配置 {path} 属于另一个用户：它可能把您的密钥发往别处"),
    ("read it; `--config {path}` uses it all the same", "请先查看它；`--config {path}` 可仍然使用"),
];
