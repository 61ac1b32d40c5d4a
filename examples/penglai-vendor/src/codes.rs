//! The codes of Penglai §5, in the words that all vendors share.

use jindiao_codes::{Advice, Info, OtherVendor, Outcome, Scope, Vendor};

use Advice::{FixAccount, FixRequest, GiveUp, Proceed, Retry, SlowDown};
use Outcome::{Done, NothingDone, Unclear};
use Scope::{Account, Platform, Request, Subject};

/// Penglai, as every floor of Jindiao names it.
pub const VENDOR: Vendor = Vendor::Other(&PENGLAI);

static PENGLAI: OtherVendor = OtherVendor::new("penglai", "蓬莱档案", "OK", || &TABLE);

// The outcome decides over money: `NothingDone` lets a charging call be made again. Where the
// document does not say that nothing was ordered, it is `Unclear`.
#[rustfmt::skip]
static TABLE: [Info; 8] = [
    row("OK", "success", Request, Proceed, Done, "The call succeeded.", "调用成功。"),
    row("E10", "refused", Account, FixAccount, NothingDone, "The account is unknown, or the signature is wrong.", "账号不存在或签名错误。"),
    row("E11", "time_refused", Account, FixAccount, NothingDone, "The time of the request is more than five minutes off.", "请求时间偏差超过五分钟。"),
    row("E20", "company_unknown", Subject, FixRequest, NothingDone, "Penglai knows no such company.", "查无此企业。"),
    row("E21", "dossier_unknown", Subject, GiveUp, Unclear, "Penglai knows no such dossier.", "查无此档案。"),
    row("E30", "too_fast", Account, SlowDown, NothingDone, "There were too many calls.", "调用过于频繁。"),
    row("E40", "no_money", Account, FixAccount, NothingDone, "No money is left.", "余额不足。"),
    row("E50", "internal_error", Platform, Retry, Unclear, "Penglai failed inside.", "蓬莱档案内部错误。"),
];

const fn row(
    code: &'static str,
    name: &'static str,
    scope: Scope,
    advice: Advice,
    outcome: Outcome,
    en: &'static str,
    zh: &'static str,
) -> Info {
    Info::new(VENDOR, code, name, advice, outcome, en, zh).with_scope(scope)
}
