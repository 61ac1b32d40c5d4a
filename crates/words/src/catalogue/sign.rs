//! What `jindiao sign` says.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    (
        "--seq is Yibeidiao's; QCC's signature has no serial number",
        "--seq 只用于易背调；企查查的签名没有流水号",
    ),
    (
        "note: the account's key goes into the query, as key=$JINDIAO_QCC_KEY",
        "注意：账户的 key 放在查询参数中，即 key=$JINDIAO_QCC_KEY",
    ),
    (
        "--seq takes 1 to 64 visible ASCII characters",
        "--seq 须为 1 到 64 个可见 ASCII 字符",
    ),
    ("give a serial number with --seq", "请用 --seq 给出流水号"),
];
