//! What the operating system says.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    ("{what} (os error {number})", "{what}（系统错误 {number}）"),
    ("no such file or directory", "没有这个文件或文件夹"),
    ("permission denied", "没有权限"),
    ("it exists already", "已存在"),
    ("not a directory", "不是文件夹"),
    ("is a directory", "是文件夹"),
    ("no space left on device", "磁盘空间不足"),
    ("read-only file system", "文件系统只读"),
    ("address already in use", "地址已被占用"),
    ("address not available", "地址不可用"),
    ("connection refused", "连接被拒绝"),
    ("connection reset", "连接被重置"),
    ("timed out", "超时"),
];
