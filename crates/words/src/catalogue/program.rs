//! The program itself: its one error, its output, its language.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    (", ", "、"),
    ("; ", "；"),
    ("{what}: {count} problems", "{what}：{count} 个问题"),
    ("the list", "名单"),
    ("{what}: {cause}", "{what}：{cause}"),
    ("error: {line}", "错误：{line}"),
    ("hint: {hint}", "提示：{hint}"),
    ("note: {line}", "注意：{line}"),
    ("{what}. Go on? [y/N] ", "{what}。继续吗？[y/N] "),
    ("cannot write the output", "无法写出结果"),
    (
        "JINDIAO_LANG: write zh or en",
        "JINDIAO_LANG：请写 zh 或 en",
    ),
    (
        "this jindiao was built without `cluster`",
        "此 jindiao 未包含 `cluster` 功能",
    ),
    ("build it in: {command}", "请重新构建：{command}"),
    ("JINDIAO_LOG_FORMAT: {error}", "JINDIAO_LOG_FORMAT：{error}"),
    (
        "JINDIAO_LOG: not a filter: write e.g. `info` or `jindiao_client=debug`",
        "JINDIAO_LOG：不是有效的过滤条件：请写例如 `info` 或 `jindiao_client=debug`",
    ),
    ("write text or json", "请写 text 或 json"),
    (
        "not a duration: write a whole number and a unit, as in 50ms, 2s, 10m, 1h or 30d",
        "不是时长：请写整数加单位，例如 50ms、2s、10m、1h 或 30d",
    ),
    (
        "not a day: write it as 2026-11-22",
        "不是日期：请写成 2026-11-22",
    ),
    (
        "not a time: write 2026-11-22 or 2026-11-22T09:30:00+08:00",
        "不是时间：请写 2026-11-22 或 2026-11-22T09:30:00+08:00",
    ),
];
