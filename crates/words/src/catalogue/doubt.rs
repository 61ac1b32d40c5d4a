//! An uncertain order: what was sent, what is asked, what settles it.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    (
        "uncertain: {product} {subject} (order {order}), since {since}",
        "存疑：{product} {subject}（订单 {order}），自 {since}",
    ),
    ("  {name}  {text}", "  {name}  {text}"),
    ("    {command}   # {means}", "    {command}   # {means}"),
    ("sent", "已发送"),
    ("why", "原因"),
    ("at stake", "涉及金额"),
    ("charged", "已计费"),
    ("{sum} yuan", "{sum} 元"),
    ("question", "待答"),
    ("ask first", "先查"),
    ("by itself", "自动处理"),
    (
        "does {vendor} ({name}) have this order?",
        "{vendor}（{name}）是否已接此订单？",
    ),
    (
        "it was charged and its link is dead: is it worth a second charge of {price} yuan?",
        "已计费，但链接已失效：是否值得再付 {price} 元？",
    ),
    ("the call is not in the books", "没有此次调用的记录"),
    (
        "answered with code {code} (HTTP {status})",
        "已答复，状态码 {code}（HTTP {status}）",
    ),
    ("answered with HTTP {status}", "已答复，HTTP {status}"),
    ("never sent", "未发出"),
    (
        "it may have arrived, no answer was read",
        "可能已送达，未读到答复",
    ),
    (
        "{vendor} {exchange} at {at}: {known}",
        "{at} 调用 {vendor} {exchange}：{known}",
    ),
    (
        "your account's web console, or QCC's interface radar/listLatestOrderNo, said to list the last ten orders (whether also those of radar_ext is not known); Jindiao does not call it",
        "账户的网页后台，或企查查接口 radar/listLatestOrderNo，据称列出最近十个订单（是否包括 radar_ext 的订单未知）；尽调不调用它",
    ),
    (
        "your account's web console, for the number of calls: a snapshot has no order number",
        "账户的网页后台，看调用次数：快照没有订单号",
    ),
    (
        "your account's web console, or PatSnap's statement of account V2 (open-user/statement/v2), which adds up usage by request path and is collected daily from 8 o'clock; Jindiao does not call it",
        "账户的网页后台，或智慧芽对账接口 V2（open-user/statement/v2），按请求路径汇总用量，每天 8 点起采集；尽调不调用它",
    ),
    ("your account's web console", "账户的网页后台"),
    ("the vendor has it", "供应商已接单"),
    (
        "the vendor does not have it: order it again",
        "供应商未接单：重新下单",
    ),
    (
        "order it again, for a second charge",
        "重新下单，将再次计费",
    ),
    ("give it up", "放弃"),
    (
        "a run orders it again after {at}, as on_uncertain says",
        "{at} 之后，运行会按 on_uncertain 重新下单",
    ),
    (
        "a worker orders it again after {at}, as on_uncertain says",
        "{at} 之后，工作进程会按 on_uncertain 重新下单",
    ),
];
