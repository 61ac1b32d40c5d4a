//! What is written down in English, and said again when it is read: reasons, notes, what came of calls.
//!
//! A ledger keeps a text for years: one that changes here stays as an entry of its own.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    // Why an order stands as it does.
    (
        "the program ended between the intent to order ({written}) and the answer",
        "程序在记下下单意图（{written}）之后、得到答复之前中断",
    ),
    (
        "the intent expired before the call could be made",
        "下单意图在调用之前已过期",
    ),
    (
        "the call succeeded and its link is unusable: {error}",
        "调用成功，但返回的链接不可用：{error}",
    ),
    (
        "the answer to the order was none that an order gets",
        "下单得到的答复不是下单应有的答复",
    ),
    (
        "the call was charged and its link is dead: {why}",
        "调用已计费，但链接已失效：{why}",
    ),
    (
        "the report is not ready after {seconds} s; run again to go on waiting",
        "等待 {seconds} 秒后报告仍未就绪；再次运行可继续等待",
    ),
    (
        "the vendor gave an unusable link: {error}",
        "供应商给出的链接不可用：{error}",
    ),
    (
        "the vendor could not make the report: {cause}",
        "供应商未能生成报告：{cause}",
    ),
    (
        "the vendor had this question before",
        "供应商已收到过此次查询",
    ),
    (
        "the vendor answered a question with an order",
        "查询得到的答复却是下单的答复",
    ),
    (
        "the order has no reference to ask for",
        "订单没有可供查询的供应商单号",
    ),
    (
        "the order was placed (reference {reference}) and the vendor does not give it out: {why}",
        "订单已下达（单号 {reference}），但供应商不提供报告：{why}",
    ),
    ("abandoned by decision", "已按决定放弃"),
    (
        "reportStatus F, without a reason",
        "reportStatus F，未说明原因",
    ),
    ("job_status 3, without a cause", "job_status 3，未说明原因"),
    (
        "ordered again by itself ({times}), as on_uncertain says; the earlier call may have been charged, too",
        "已按 on_uncertain 自动重新下单（第 {times} 次）；先前的调用可能也已计费",
    ),
    (
        "{error}; nothing of it was used, and the report is not lost: it is asked for again. If this comes back, somebody on the way may change replies: ask from another network",
        "{error}；该答复未被采用，报告不会丢失，将重新获取。若再次出现，可能有人在途中篡改答复：请换一个网络再试",
    ),
    ("decided: the vendor has it", "已裁定：供应商已接单"),
    (
        "decided: not placed, order it",
        "已裁定：供应商未接单，重新下单",
    ),
    ("decided: abandoned", "已裁定：放弃"),
    ("copied to another folder", "已复制到另一文件夹"),
    // Why a run left an order.
    ("interrupted", "被中断"),
    ("the run ended before", "轮到它之前运行已结束"),
    ("it had no permit", "未获得调用许可"),
    (
        "there is no account for {vendor}",
        "没有配置 {vendor} 的账户",
    ),
    (
        "the daily quota is used up until {until}",
        "当日额度已用完，{until} 恢复",
    ),
    (
        "the vendor wants it left alone until {until}",
        "供应商要求在 {until} 之前不要再查询",
    ),
    (
        "the budget does not have the {price} yuan that it costs",
        "剩余预算不足以支付它的 {price} 元",
    ),
    (
        "not ordered, since the account needs attention: {why}",
        "未下单，账户需要处理：{why}",
    ),
    (
        "not asked for, since the account needs attention: {why}",
        "未获取，账户需要处理：{why}",
    ),
    (
        "not ordered, since reports cannot be stored: {why}",
        "未下单，因为报告无法保存：{why}",
    ),
    (
        "its file {file} is gone, and getting it again is another charge; --fresh-within 0s orders it anew",
        "报告文件 {file} 已不在，重新获取将再次计费；用 --fresh-within 0s 可重新下单",
    ),
    (
        "its file cannot be copied: {error}",
        "报告文件无法复制：{error}",
    ),
    // What came of a call: `ReplyError`.
    (
        "{call}: code {code} “{text}”",
        "{call}：状态码 {code}“{text}”",
    ),
    ("{call}: code {code}", "{call}：状态码 {code}"),
    (
        "{call}: refused without a code",
        "{call}：被拒绝，未给状态码",
    ),
    ("{call}: HTTP {status}", "{call}：HTTP {status}"),
    (
        "{call}: unreadable reply (HTTP {status})",
        "{call}：答复无法解读（HTTP {status}）",
    ),
    (
        "{call}: unreadable reply (HTTP {status}): {detail}",
        "{call}：答复无法解读（HTTP {status}）：{detail}",
    ),
    ("{call}: incomplete reply", "{call}：答复不完整"),
    (
        "{call}: incomplete reply: {detail}",
        "{call}：答复不完整：{detail}",
    ),
    (
        "{call}: the reply may have been tampered with",
        "{call}：答复可能被篡改",
    ),
    (
        "{call}: the reply may have been tampered with: {detail}",
        "{call}：答复可能被篡改：{detail}",
    ),
    (
        "{refusal} — a code that is in no table that we know",
        "{refusal}：此状态码不在已知的任何表中",
    ),
];
