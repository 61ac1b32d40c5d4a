//! The words of the library that reads the command line.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    // In its help.
    ("Usage: ", "用法："),
    ("Commands:", "命令："),
    ("Arguments:", "参数："),
    ("Options:", "选项："),
    ("Possible values:", "可选值："),
    ("[possible values: ", "[可选值："),
    ("[default: ", "[默认："),
    ("[OPTIONS]", "[选项]"),
    ("<COMMAND>", "<命令>"),
    ("[COMMAND]", "[命令]"),
    (
        "Print help (see more with '--help')",
        "显示帮助（'--help' 更详细）",
    ),
    (
        "Print help (see a summary with '-h')",
        "显示帮助（'-h' 只看摘要）",
    ),
    ("Print version", "显示版本"),
    (
        "Print this message or the help of the given subcommand(s)",
        "显示本说明，或某个子命令的帮助",
    ),
    // Where something is wrong.
    (
        "the argument '{argument}' cannot be used with:{others}",
        "参数 '{argument}' 不能与以下参数同时使用：{others}",
    ),
    (
        "the argument '{argument}' cannot be used multiple times",
        "参数 '{argument}' 不能重复使用",
    ),
    (
        "a value is required for '{argument}' but none was supplied",
        "'{argument}' 需要一个值",
    ),
    (
        "invalid value '{value}' for '{argument}'",
        "'{argument}' 的值 '{value}' 无效",
    ),
    (
        "invalid value '{value}' for '{argument}': {why}",
        "'{argument}' 的值 '{value}' 无效：{why}",
    ),
    (
        "unexpected argument '{argument}' found",
        "不认识参数 '{argument}'",
    ),
    ("unrecognized subcommand '{name}'", "没有子命令 '{name}'"),
    (
        "'{name}' requires a subcommand but one was not provided",
        "'{name}' 之后需要一个子命令",
    ),
    (
        "the following required arguments were not provided:{names}",
        "缺少必需的参数：{names}",
    ),
    (
        "unexpected value '{value}' for '{argument}' found; no more were expected",
        "'{argument}' 不需要更多的值：'{value}' 是多余的",
    ),
    (
        "invalid UTF-8 was detected in one or more arguments",
        "参数中有无效的 UTF-8 字符",
    ),
    ("  possible values: {names}", "  可选值：{names}"),
    ("  did you mean {names}?", "  是不是 {names}？"),
    (
        "\nFor more information, try '--help'.",
        "\n更多说明请用 '--help'。",
    ),
];
