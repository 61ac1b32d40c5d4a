//! Values that cannot be: addresses, codes, periods, links.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    (
        "not a report format; known are pdf, docx (or word), zip and png",
        "不是报告格式；可用的有 pdf、docx（或 word）、zip 和 png",
    ),
    (
        "not an address; write it as https://host or http://host:port",
        "不是地址；请写成 https://主机 或 http://主机:端口",
    ),
    (
        "the address must start with https:// or http://",
        "地址必须以 https:// 或 http:// 开头",
    ),
    (
        "give scheme, host and port only: the operation's path is appended",
        "只写协议、主机和端口：接口路径会自动加上",
    ),
    (
        "credentials do not belong into the address",
        "地址中不应有用户名或密码",
    ),
    ("it is empty", "内容为空"),
    ("it is longer than {most} characters", "超过 {most} 个字符"),
    (
        "it has a character that cannot be in it",
        "含有不允许的字符",
    ),
    (
        "a credit code has 18 characters, this one has {length}",
        "统一社会信用代码应为 18 位，此处为 {length} 位",
    ),
    (
        "the check digit is wrong: the first 17 characters call for {expected}; look for a typing error",
        "校验位不符：按前 17 位应为 {expected}；请检查是否输错",
    ),
    (
        "the period must be day, week or month",
        "期间必须是 day、week 或 month",
    ),
    (
        "not an instant between 1970 and 9999",
        "不是 1970 至 9999 年之间的时刻",
    ),
    ("the download link is empty", "下载链接为空"),
    ("the download link is not an address", "下载链接不是地址"),
    (
        "the download link is neither http nor https",
        "下载链接既不是 http 也不是 https",
    ),
    (
        "the download link is longer than 8 KiB",
        "下载链接超过 8 KiB",
    ),
    ("{head} “{text}”", "{head}“{text}”"),
];
