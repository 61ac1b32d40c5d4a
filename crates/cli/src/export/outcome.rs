//! What became of an order, as a line of a list says it.

use std::borrow::Cow;

use jindiao_batch::Entry;
use jindiao_order::{Fen, State, StateName, again};
use jindiao_words::{Lang, Say as _};

use crate::record::reason;

/// What became of an order.
pub(crate) struct Outcome {
    pub(super) order: String,
    pub(super) state: StateName,
    pub(super) file: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) cost: Fen,
    pub(super) reason: Option<String>,
    pub(super) reason_in_chinese: Option<String>,
}

impl Outcome {
    /// `left` is why a run left the order as it is, where it did.
    pub(crate) fn of(entry: &Entry, left: Option<&str>) -> Self {
        let order = &entry.order;
        let file = match order.state() {
            State::Stored { report, .. } => Some(report.file.clone()),
            _ => None,
        };
        let reason = reason(order, left);
        let placement = order.placement();
        Self {
            order: order.id().as_str().to_owned(),
            state: order.state().name(),
            file,
            reference: placement.and_then(|placement| placement.reference.clone()),
            cost: entry.charged(),
            reason_in_chinese: reason
                .as_ref()
                .map(|reason| reason_in_chinese(order.state(), reason)),
            reason,
        }
    }
}

/// The reason in Chinese: what the table of the vendor's codes says, or what the state means and what
/// else is known of it.
fn reason_in_chinese(state: &State, reason: &str) -> String {
    let means = match state {
        State::Refused { refusal, .. } | State::Held { refusal, .. } => {
            let code = refusal.code.as_ref();
            let known = code.and_then(|code| Some((code, code.info_at(&refusal.exchange)?)));
            if let Some((code, info)) = known {
                return format!("{code}：{}", info.zh);
            }
            Cow::Borrowed("供应商拒绝")
        }
        State::Stored { .. } => Cow::Borrowed("文件有问题"),
        State::Uncertain { .. } => {
            Cow::Borrowed("可能已计费，没有得到明确答复：请先在供应商后台核实")
        }
        State::Failed { .. } => Cow::Borrowed("失败"),
        _ => Cow::Owned(state.name().say().in_lang(Lang::Zh)),
    };
    format!("{means}（{}）", again(reason).in_lang(Lang::Zh))
}
