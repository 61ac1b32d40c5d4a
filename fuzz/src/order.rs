//! The durable form of an order, and its life after it was read.

use std::time::Duration;

use jindiao_order::{
    Action, Call, DownloadFailure, DownloadProblem, Failure, Fence, Flow, Input, News, Order,
    Policy, State, StoredReport, Verdict,
};
use jindiao_protocol::{
    Delivery, Effect, Exchange, RawLink, Receipt, ReplyError, ReplyErrorKind, Timestamp,
};
use jindiao_protocol_patsnap::CompanyReportStatus;
use jindiao_protocol_qcc::{CreateReport, GetEciImage, GetReportInfo};
use jindiao_protocol_yibeidiao::GenerateTempReport;

use crate::reply::NOW;

/// Any text as an order's durable form: the first line. What stands behind it are events, a byte
/// for each and a byte for what is to be known of it.
pub fn order(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n');
    let (form, events) = data.split_at(end.unwrap_or(data.len()));
    let Ok(form) = std::str::from_utf8(form) else {
        return;
    };
    let read = Order::from_json(form);
    let Ok(order) = read else {
        return;
    };
    assert_written(&order);
    assert!(
        !matches!(order.state(), State::Ordering { may_call: true, .. }),
        "the right to call was read"
    );
    let _ = (order.due(), order.placement(), order.wanted().fingerprint());
    live(order, events.get(1..).unwrap_or_default());
}

/// Asserts that what is written is read as the same.
fn assert_written(order: &Order) {
    let written = order.to_json();
    let read = Order::from_json(&written).expect("what was written");
    assert_eq!(read.to_json(), written);
    match order.state() {
        // A link that can be had again is not written, nor is the right to call.
        State::Ready { .. } if order.wanted().product().flow() != Flow::Direct => {
            assert!(matches!(read.state(), State::Waiting { .. }), "{written}");
        }
        State::Ordering { may_call: true, .. } => {}
        _ => assert_eq!(&read, order),
    }
}

/// Tells the order one event after the other.
fn live(mut order: Order, events: &[u8]) {
    let mut policy = Policy::of(order.wanted().product());
    let mut now = NOW;
    // Under which fence this process asked for a record, and for which fences it was told to pay.
    let mut recording: Option<Fence> = None;
    let mut paid: Vec<Fence> = Vec::new();
    for event in events.chunks_exact(2).take(64) {
        let [event, detail] = *event else {
            return;
        };
        let _ = order.again_at(&policy);
        if event == b'~' {
            policy = changed(policy, detail);
            continue;
        }
        if event == b'@' {
            now = moved(now, detail);
            continue;
        }
        if let Some(verdict) = verdict(event, detail) {
            if let Ok(decided) = order.decide(now, verdict) {
                order = decided;
                assert_written(&order);
            }
            continue;
        }
        let input = input(event, detail);
        let recorded = match &input {
            Input::Recorded(fence) => Some(fence.clone()),
            _ => None,
        };
        let is_settled = order.state().is_settled();
        let is_uncertain = matches!(order.state(), State::Uncertain { .. });
        let before = order.clone();
        let (next, action) = order.step(now, input, &policy);
        if is_settled
            && !is_uncertain
            && matches!(before.state(), State::Refused { .. } | State::Failed { .. })
        {
            assert_eq!(next, before, "an order that ended moved by itself");
        }
        match &action {
            Action::Record(fence) => recording = Some(fence.clone()),
            Action::Place { call, intent } => {
                assert_eq!(call.effect(), Effect::Charge);
                assert!(intent.written <= now && now < intent.expires, "{intent:?}");
                assert_eq!(recorded.as_ref(), Some(&intent.fence), "not recorded");
                assert_eq!(
                    recording.take().as_ref(),
                    Some(&intent.fence),
                    "not permitted"
                );
                paid.push(intent.fence.clone());
            }
            Action::Ask(call) => {
                assert_eq!(call.effect(), Effect::Read);
                let _ = (Call::name(call), call.vendor());
            }
            _ => {}
        }
        let _ = format!("{action:?} {next:?}");
        order = next;
    }
    assert_written(&order);
}

fn input(event: u8, detail: u8) -> Input {
    match event {
        b'f' => Input::Found,
        b'p' => Input::Permitted(fence(detail)),
        b'r' => Input::Recorded(fence(detail)),
        b't' => Input::Told(News::Placed(format!("JKDAY-{detail}"))),
        b'l' => Input::Told(News::Link(RawLink::new(
            if detail & 1 == 0 {
                "https://h/a.zip?Expires=1676601293"
            } else {
                "no address"
            },
            (detail & 2 != 0).then_some(Duration::from_secs(60)),
        ))),
        b'q' => Input::Told(News::Pending {
            queue: Some(u32::from(detail)),
        }),
        b'b' => Input::Told(News::Failed("生成失败".to_owned())),
        b'w' => Input::Told(News::AlreadyAsked),
        b'u' => Input::Failed(unanswered(detail)),
        b'e' => Input::Failed(answered(detail)),
        b'E' => Input::Failed(answered(detail).before_the_call()),
        b's' => Input::Stored(StoredReport {
            file: "qcc/x.zip".to_owned(),
            size: u64::from(detail),
            sha256: "00".repeat(32),
        }),
        b'n' => Input::NotStored(DownloadFailure {
            problem: match detail % 4 {
                0 => DownloadProblem::LinkDead,
                1 => DownloadProblem::Interrupted,
                2 => DownloadProblem::Disk,
                _ => DownloadProblem::Forbidden,
            },
            text: "it broke".to_owned(),
        }),
        b'o' => Input::AccountOpen,
        b'x' => Input::FileLost,
        _ => Input::Look,
    }
}

fn verdict(event: u8, detail: u8) -> Option<Verdict> {
    Some(match event {
        b'P' => Verdict::Placed(
            match detail % 3 {
                0 => "JKDAY-1",
                1 => "https://h/a.zip?Expires=1676601293",
                _ => "",
            }
            .to_owned(),
        ),
        b'N' => Verdict::NotPlaced,
        b'A' => Verdict::Abandon,
        _ => return None,
    })
}

fn fence(detail: u8) -> Fence {
    Fence {
        incarnation: if detail & 128 == 0 { "this" } else { "other" }.to_owned(),
        nonce: u64::from(detail & 7),
    }
}

fn unanswered(detail: u8) -> Failure {
    let delivery = match detail % 3 {
        0 => Delivery::NeverSent,
        1 => Delivery::MaybeSent,
        _ => Delivery::Answered,
    };
    Failure::unanswered(GetEciImage::VENDOR, GetEciImage::NAME, delivery, "reset")
}

/// A vendor's failure: one of some codes, or HTTP's own.
fn answered(detail: u8) -> Failure {
    fn of<E: Exchange>(codes: &[&str], n: u8) -> Failure {
        let Some(code) = codes.get(usize::from(n)) else {
            let status = http::StatusCode::from_u16(400 + u16::from(n)).unwrap_or_default();
            return Failure::answered(&ReplyError::new::<E>(
                ReplyErrorKind::Http,
                Receipt::of_status(status),
            ));
        };
        let mut receipt = Receipt::of_status(http::StatusCode::OK);
        receipt.code = Some(jindiao_codes::Code::parse(E::VENDOR, code));
        Failure::answered(&ReplyError::new::<E>(ReplyErrorKind::Refused, receipt))
    }
    const QCC: [&str; 12] = [
        "101", "102", "104", "107", "110", "112", "115", "199", "200", "201", "205", "9",
    ];
    const PATSNAP: [&str; 8] = [
        "67200000", "67200002", "67200004", "67200202", "68300004", "68300008", "68300013", "0",
    ];
    const YIBEIDIAO: [&str; 6] = ["900", "901", "902", "903", "906", "777"];
    let n = detail >> 2;
    let failure = match detail & 3 {
        0 => of::<CreateReport>(&QCC, n),
        1 => of::<GetReportInfo>(&QCC, n),
        2 => of::<CompanyReportStatus>(&PATSNAP, n),
        _ => of::<GenerateTempReport>(&YIBEIDIAO, n),
    };
    assert!(failure.is_surely_nothing() || failure.delivery() == Delivery::Answered);
    failure
}

/// The clock goes on, or is set back.
fn moved(now: Timestamp, detail: u8) -> Timestamp {
    match detail {
        b'0' => Timestamp::EPOCH,
        b'9' => Timestamp::MAX,
        _ if detail & 128 == 0 => now.plus(Duration::from_secs(1 << (detail & 31))),
        _ => Timestamp::from_unix_seconds(now.unix_seconds() - (1 << (detail & 31))),
    }
}

fn changed(policy: Policy, detail: u8) -> Policy {
    match detail % 8 {
        0 => policy.with_poll_interval(Duration::ZERO),
        1 => policy.with_poll_interval(Duration::MAX),
        2 => policy.with_poll_timeout(Duration::ZERO),
        3 => policy.with_poll_timeout(Duration::MAX),
        4 => policy.ordering_again(Duration::ZERO),
        5 => policy.ordering_again(Duration::MAX),
        6 => {
            let mut policy = policy;
            policy.intent_life = Duration::MAX;
            policy.place_attempts = u32::MAX;
            policy
        }
        _ => {
            let mut policy = policy;
            policy.ask_attempts = 1;
            policy.download_attempts = 1;
            policy
        }
    }
}
