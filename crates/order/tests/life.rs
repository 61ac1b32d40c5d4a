//! The order machine: each way through a life, and what holds for all of them.

use std::time::Duration;

use jindiao_codes::Outcome;
use jindiao_order::{
    Action, Concern, DownloadFailure, DownloadProblem, Failure, Fence, Input, News, Order, Policy,
    Product, Question, Reach, State, StateName, StoredReport, Verdict, VerdictError, WaitReason,
    Wanted,
};
use jindiao_protocol::{
    Advice, Code, Company, Delivery, Effect, FileKind, Link, Patent, Period, RawLink, Receipt,
    ReplyError, ReplyErrorKind, Subject, Timestamp, Vendor,
};
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

fn wanted(product: Product) -> Wanted {
    let subject = match product {
        Product::QccRiskReport => Subject::Period(Period::Day),
        Product::PatsnapPatentValueReport => {
            Subject::Patent("CN108977442B".parse::<Patent>().expect("a patent"))
        }
        Product::YibeidiaoInterimReport => {
            Subject::Record("20190415152645093983751".parse().expect("a record"))
        }
        _ => Subject::Company(Company::named("某某科技有限公司".parse().expect("a name"))),
    };
    Wanted::new(product, subject, None).expect("a wanted report")
}

/// An order on its way, with the last action.
#[derive(Clone)]
struct Life {
    order: Order,
    policy: Policy,
    now: Timestamp,
    action: Action,
}

impl Life {
    fn of(product: Product) -> Self {
        let order = Order::plan(wanted(product), 0, NOW);
        Self {
            order,
            policy: Policy::of(product),
            now: NOW,
            action: Action::Rest,
        }
    }

    fn then(mut self, input: Input) -> Self {
        let (order, action) = self.order.step(self.now, input, &self.policy);
        self.order = order;
        self.action = action;
        self
    }

    fn after(mut self, time: Duration) -> Self {
        self.now = self.now.plus(time);
        self
    }

    /// To the point where the charging call is made.
    fn placing(self) -> Self {
        let life = self.then(Input::Look);
        assert!(matches!(life.action, Action::Prepare), "{:?}", life.action);
        let life = life.then(Input::Permitted(fence(1)));
        assert!(
            matches!(life.action, Action::Record(_)),
            "{:?}",
            life.action
        );
        let life = life.then(Input::Recorded(fence(1)));
        assert!(
            matches!(life.action, Action::Place { .. }),
            "{:?}",
            life.action
        );
        life
    }

    /// To the point where the vendor is asked for the first time.
    fn asking(self) -> Self {
        let life = self
            .placing()
            .then(told_placed())
            .after(Duration::from_secs(3600))
            .then(Input::Look);
        assert!(matches!(life.action, Action::Ask(_)), "{:?}", life.action);
        life
    }

    #[track_caller]
    fn stands(self, state: StateName) -> Self {
        assert_eq!(self.order.state().name(), state, "{:?}", self.order.state());
        self
    }
}

fn fence(nonce: u64) -> Fence {
    Fence {
        incarnation: "this".to_owned(),
        nonce,
    }
}

fn told_placed() -> Input {
    Input::Told(News::Placed("JKDAY-1".to_owned()))
}

fn told_link() -> Input {
    Input::Told(News::Link(RawLink::new(
        "https://h/a.zip",
        Some(Duration::from_secs(60)),
    )))
}

fn unanswered(delivery: Delivery) -> Input {
    Input::Failed(Failure::unanswered(
        Vendor::Qcc,
        "radar_ext/createReport",
        delivery,
        "reset",
    ))
}

/// A gateway answered with an HTTP error and no envelope.
fn http_error(status: u16) -> Input {
    let status = http::StatusCode::from_u16(status).expect("a status");
    let error = ReplyError::new::<Create>(ReplyErrorKind::Http, Receipt::of_status(status));
    Input::Failed(Failure::answered(&error))
}

/// The vendor of `E` answered with `code`.
fn answered<E: jindiao_protocol::Exchange>(code: &str) -> Input {
    let mut receipt = Receipt::of_status(http::StatusCode::OK);
    receipt.code = Some(Code::parse(E::VENDOR, code));
    Input::Failed(Failure::answered(&ReplyError::new::<E>(
        ReplyErrorKind::Refused,
        receipt,
    )))
}

fn not_stored(problem: DownloadProblem) -> Input {
    Input::NotStored(DownloadFailure {
        problem,
        text: "it broke".to_owned(),
    })
}

fn stored() -> Input {
    Input::Stored(StoredReport {
        file: "qcc/x.zip".to_owned(),
        size: 9,
        sha256: "00".repeat(32),
    })
}

type Create = jindiao_protocol_qcc::CreateReport;
type Info = jindiao_protocol_qcc::GetReportInfo;
type Image = jindiao_protocol_qcc::GetEciImage;

#[test]
fn a_task_from_plan_to_file() {
    let life = Life::of(Product::QccRiskReport)
        .placing()
        .then(told_placed())
        .stands(StateName::Ordered);
    let Action::Wait {
        until,
        why: WaitReason::Poll,
    } = life.action
    else {
        panic!("{:?}", life.action)
    };
    assert!(until > life.now);
    let life = life.after(Duration::from_secs(60)).then(Input::Look);
    assert!(matches!(&life.action, Action::Ask(call) if call.effect() == Effect::Read));
    let life = life
        .then(Input::Told(News::Pending { queue: Some(3) }))
        .stands(StateName::Waiting);
    let life = life
        .after(Duration::from_secs(60))
        .then(Input::Look)
        .then(told_link());
    assert!(
        matches!(
            &life.action,
            Action::Download {
                kind: FileKind::Zip,
                ..
            }
        ),
        "{:?}",
        life.action
    );
    let life = life.then(stored()).stands(StateName::Stored);
    let reference = life
        .order
        .placement()
        .and_then(|placement| placement.reference.clone());
    assert_eq!(reference.as_deref(), Some("JKDAY-1"));
    assert!(matches!(life.then(Input::Look).action, Action::Rest));
}

#[test]
fn a_direct_product_goes_from_call_to_download() {
    let life = Life::of(Product::QccSnapshot)
        .placing()
        .then(told_link())
        .stands(StateName::Ready);
    assert!(matches!(
        life.action,
        Action::Download {
            kind: FileKind::Png,
            ..
        }
    ));
    life.then(stored()).stands(StateName::Stored);
}

#[test]
fn a_free_product_is_never_placed() {
    let life = Life::of(Product::YibeidiaoInterimReport)
        .then(Input::Look)
        .stands(StateName::Waiting);
    assert!(matches!(&life.action, Action::Ask(call) if call.effect() == Effect::Read));
    // Nor is there an intent to, whatever a host permits.
    let life = Life::of(Product::YibeidiaoInterimReport).then(Input::Permitted(fence(1)));
    assert!(matches!(
        life.stands(StateName::Planned).action,
        Action::Rest
    ));
}

#[test]
fn doubt_about_a_charge_is_uncertain() {
    let uncertain = |input: Input| {
        let life = Life::of(Product::QccRiskReport)
            .placing()
            .then(input)
            .stands(StateName::Uncertain);
        assert!(matches!(
            life.order.state(),
            State::Uncertain {
                question: Question::WasItPlaced,
                ..
            }
        ));
        assert!(matches!(life.then(Input::Look).action, Action::Rest));
    };
    uncertain(unanswered(Delivery::MaybeSent));
    uncertain(unanswered(Delivery::Answered));
    // Another incarnation finds the intent.
    uncertain(Input::Found);
    // Our own code looks again without knowing what came of it.
    uncertain(Input::Look);
    // Codes behind which the order may have been made, and a code that nobody knows.
    uncertain(answered::<Create>("199"));
    uncertain(answered::<Create>("777"));
    uncertain(http_error(502));
    // What a question is answered with.
    uncertain(Input::Told(News::Pending { queue: None }));
    uncertain(Input::Told(News::Failed("abnormal".to_owned())));
    uncertain(Input::Told(News::AlreadyAsked));
}

/// An order that nobody knows of, under a policy that makes it again.
fn doubted() -> Life {
    let mut life = Life::of(Product::QccSnapshot);
    life.policy = life.policy.ordering_again(Duration::from_secs(15));
    life.placing()
        .then(unanswered(Delivery::MaybeSent))
        .stands(StateName::Uncertain)
}

#[test]
fn a_doubt_is_answered_with_a_second_call_once() {
    let life = doubted();
    let grace = Duration::from_secs(5 + 15 + 10);
    assert!(matches!(life.action, Action::Wait { until, .. } if until == NOW.plus(grace)));
    // The next run waits as long, and a policy that holds again waits for a person.
    let early = life.after(grace - Duration::from_secs(1));
    assert_eq!(early.order.again_at(&early.policy), Some(NOW.plus(grace)));
    let early = early.then(Input::Found).stands(StateName::Uncertain);
    assert!(matches!(early.action, Action::Wait { .. }));
    let mut held = doubted().after(grace);
    held.policy = Policy::of(Product::QccSnapshot);
    assert!(matches!(held.then(Input::Found).action, Action::Rest));

    let life = early.after(Duration::from_secs(1)).placing();
    assert_eq!(life.order.times_again(), 1);
    let life = life.then(Input::Found).stands(StateName::Uncertain);
    assert!(matches!(life.action, Action::Rest), "a second doubt");
    let life = life.after(grace).then(Input::Look);
    assert!(matches!(life.action, Action::Rest), "a second doubt");
    // Nor does a person's decision begin the count anew.
    let mut life = life;
    life.order = life
        .order
        .decide(life.now, Verdict::NotPlaced)
        .expect("a decision");
    let life = life.placing().then(unanswered(Delivery::MaybeSent));
    assert!(matches!(life.action, Action::Rest), "a third doubt");
}

#[test]
fn a_dead_link_is_never_answered_with_a_second_call() {
    let mut life = Life::of(Product::QccSnapshot);
    life.policy = life.policy.ordering_again(Duration::from_secs(15));
    let unusable = Input::Told(News::Link(RawLink::new("no link", None)));
    let life = life.placing().then(unusable).stands(StateName::Uncertain);
    assert!(matches!(life.action, Action::Rest));
    let later = life.after(Duration::from_secs(3600)).then(Input::Look);
    assert!(matches!(later.action, Action::Rest));
}

#[test]
fn a_long_wait_is_as_long_for_the_next_run() {
    let why = |product, code: fn() -> Input, ask: bool| {
        let life = Life::of(product);
        let life = if ask { life.asking() } else { life.placing() };
        let life = life.then(code());
        let Action::Wait { until, why } = life.action else {
            panic!("{:?}", life.action)
        };
        let Action::Wait {
            until: found,
            why: found_why,
        } = life.then(Input::Found).action
        else {
            panic!("it does not wait")
        };
        assert_eq!((found, found_why), (until, why));
        why
    };
    let snapshot = Product::QccSnapshot;
    let risk = Product::QccRiskReport;
    assert_eq!(
        why(snapshot, || answered::<Image>("110"), false),
        WaitReason::Cooldown
    );
    assert_eq!(
        why(snapshot, || answered::<Image>("116"), false),
        WaitReason::NextDay
    );
    assert_eq!(
        why(risk, || answered::<Info>("109"), true),
        WaitReason::NextDay
    );
    assert_eq!(
        why(risk, || answered::<Info>("110"), true),
        WaitReason::Cooldown
    );
}

#[test]
fn what_surely_did_nothing_is_tried_again_and_left_after_a_while() {
    let mut life = Life::of(Product::QccRiskReport);
    for _ in 1..life.policy.place_attempts {
        life = life
            .placing()
            .then(unanswered(Delivery::NeverSent))
            .stands(StateName::Planned);
        assert!(matches!(
            life.action,
            Action::Wait {
                why: WaitReason::Backoff,
                ..
            }
        ));
        life = life.after(Duration::from_secs(61));
    }
    let life = life
        .placing()
        .then(unanswered(Delivery::NeverSent))
        .stands(StateName::Planned);
    assert!(matches!(life.action, Action::Leave { .. }));
}

#[test]
fn fresh_credentials_are_tried_twice_before_the_account_is_in_trouble() {
    let refused = |life: Life| life.placing().then(answered::<Create>("115"));
    let mut life = Life::of(Product::QccRiskReport);
    for _ in 0..2 {
        life = refused(life).stands(StateName::Planned);
        assert!(matches!(
            life.action,
            Action::Wait {
                why: WaitReason::Backoff,
                ..
            }
        ));
        life = life.after(Duration::from_secs(61));
    }
    let life = refused(life).stands(StateName::Held);
    assert!(matches!(life.action, Action::Rest));
}

#[test]
fn codes_lead_where_their_advice_says() {
    let placed = |code: &str| {
        Life::of(Product::QccSnapshot)
            .placing()
            .then(answered::<Image>(code))
    };
    placed("201").stands(StateName::Refused);
    placed("202").stands(StateName::Refused);
    placed("102").stands(StateName::Held);
    placed("122").stands(StateName::Planned);
    let cooling = placed("110").stands(StateName::Planned);
    assert!(
        matches!(cooling.action, Action::Wait { until, why: WaitReason::Cooldown } if until == NOW.plus(Duration::from_secs(7200)))
    );
    let tomorrow = placed("109").stands(StateName::Planned);
    assert!(
        matches!(tomorrow.action, Action::Wait { until, why: WaitReason::NextDay } if until == NOW.next_china_midnight())
    );
}

#[test]
fn a_held_order_goes_on_where_it_was() {
    let life = Life::of(Product::QccRiskReport)
        .placing()
        .then(answered::<Create>("102"))
        .stands(StateName::Held);
    assert!(matches!(
        life.then(Input::AccountOpen)
            .stands(StateName::Planned)
            .action,
        Action::Prepare
    ));
    let life = Life::of(Product::QccRiskReport)
        .asking()
        .then(answered::<Info>("102"))
        .stands(StateName::Held);
    assert!(matches!(
        life.then(Input::AccountOpen)
            .stands(StateName::Waiting)
            .action,
        Action::Ask(_)
    ));
}

#[test]
fn a_failed_poll_is_no_failed_order() {
    let mut life = Life::of(Product::QccRiskReport).asking();
    for _ in 1..life.policy.ask_attempts {
        life = life
            .then(unanswered(Delivery::MaybeSent))
            .stands(StateName::Waiting);
        assert!(matches!(
            life.action,
            Action::Wait {
                why: WaitReason::Backoff,
                ..
            }
        ));
        life = life.after(Duration::from_secs(61)).then(Input::Look);
    }
    let life = life
        .then(unanswered(Delivery::MaybeSent))
        .stands(StateName::Waiting);
    assert!(matches!(life.action, Action::Leave { .. }));
    let asked = |input| Life::of(Product::QccRiskReport).asking().then(input);
    // A code in no table does not end it either, nor does an HTTP error without one.
    asked(answered::<Info>("777")).stands(StateName::Waiting);
    asked(http_error(400)).stands(StateName::Waiting);
    // A code that says that there is no such order does, once the order is old enough.
    asked(answered::<Info>("201")).stands(StateName::Failed);
}

#[test]
fn a_fresh_order_may_be_unknown_for_a_while() {
    let unknown = |placed_before: Duration| {
        let life = Life::of(Product::QccRiskReport).placing();
        let life = life.then(told_placed()).after(placed_before);
        let life = life.then(Input::Look);
        assert!(matches!(life.action, Action::Ask(_)), "{:?}", life.action);
        life.then(answered::<Info>("201"))
    };
    let grace = Policy::of(Product::QccRiskReport).unknown_grace;
    unknown(grace - Duration::from_secs(1)).stands(StateName::Waiting);
    unknown(grace).stands(StateName::Failed);

    // By a clock that was set back it is fresh for as many questions as a run asks in vain.
    let mut life = Life::of(Product::QccRiskReport).asking();
    life.now = Timestamp::from_unix_seconds(NOW.unix_seconds() - 86_400);
    for _ in 0..life.policy.ask_attempts {
        life = life
            .then(answered::<Info>("201"))
            .stands(StateName::Waiting)
            .after(Duration::from_secs(61));
    }
    life.then(answered::<Info>("201")).stands(StateName::Failed);
}

#[test]
fn a_record_that_the_vendor_does_not_know_is_refused() {
    Life::of(Product::YibeidiaoInterimReport)
        .then(Input::Look)
        .then(answered::<Info>("201"))
        .stands(StateName::Refused);
}

#[test]
fn nothing_is_looked_at_before_its_time_nor_after_it() {
    let check = |life: Life, is_done: fn(&Action) -> bool| {
        let Action::Wait { until, .. } = life.action else {
            panic!("{:?}", life.action)
        };
        let wait = until.since(life.now);
        let life = life
            .after(wait - Duration::from_millis(1))
            .then(Input::Look);
        assert!(matches!(life.action, Action::Wait { until: still, .. } if still == until));
        let life = life.after(Duration::from_millis(1)).then(Input::Look);
        assert!(is_done(&life.action), "{:?}", life.action);
    };
    let risk = || Life::of(Product::QccRiskReport);
    let pending = || Input::Told(News::Pending { queue: None });
    let never_sent = unanswered(Delivery::NeverSent);
    check(risk().placing().then(never_sent), |action| {
        matches!(action, Action::Prepare)
    });
    check(
        risk().placing().then(told_placed()).then(Input::Look),
        |it| matches!(it, Action::Ask(_)),
    );
    check(risk().asking().then(pending()), |action| {
        matches!(action, Action::Ask(_))
    });
    let broken = not_stored(DownloadProblem::Interrupted);
    check(risk().asking().then(told_link()).then(broken), |action| {
        matches!(action, Action::Download { .. })
    });
}

#[test]
fn whoever_wants_longer_pauses_than_any_rule_has_them() {
    let days = Duration::from_secs(3 * 86_400);
    let mut life = Life::of(Product::QccRiskReport);
    life.policy = life.policy.with_backoff(jindiao_order::Backoff {
        first: days,
        most: days,
    });
    let life = life.placing().then(unanswered(Delivery::NeverSent));
    let until = life.now.plus(days);
    let life = life.then(Input::Look);
    assert!(
        matches!(life.action, Action::Wait { until: it, why: WaitReason::Backoff } if it == until)
    );

    let mut life = Life::of(Product::QccRiskReport).asking();
    life.policy = life
        .policy
        .with_poll_interval(days)
        .with_poll_timeout(2 * days);
    let life = life.then(Input::Told(News::Pending { queue: None }));
    let life = life.then(Input::Look);
    assert!(
        matches!(life.action, Action::Wait { until, why: WaitReason::Poll } if until >= life.now.plus(days))
    );
}

#[test]
fn waiting_ends_with_the_run_and_not_with_the_order() {
    let life = Life::of(Product::QccRiskReport).asking();
    let limit = life.policy.poll_timeout;
    let pending = || Input::Told(News::Pending { queue: None });
    let life = life.after(limit - Duration::from_secs(1)).then(pending());
    // Close to the deadline it is asked once more.
    assert!(
        matches!(life.action, Action::Wait { until, why: WaitReason::Poll } if until == life.now.plus(Duration::from_secs(1)))
    );
    let life = life
        .after(Duration::from_secs(1))
        .then(Input::Look)
        .then(pending())
        .stands(StateName::Waiting);
    assert!(matches!(life.action, Action::Leave { .. }));
    // The next run waits anew.
    let life = life.then(Input::Found);
    assert!(matches!(life.then(pending()).action, Action::Wait { .. }));
}

#[test]
fn an_expired_link_is_asked_for_again_and_costs_nothing() {
    let life = Life::of(Product::QccRiskReport).asking().then(told_link());
    let life = life
        .then(not_stored(DownloadProblem::Interrupted))
        .stands(StateName::Ready);
    let life = life
        .after(Duration::from_secs(120))
        .then(Input::Look)
        .stands(StateName::Waiting);
    assert!(matches!(&life.action, Action::Ask(call) if call.effect() == Effect::Read));
    // So is one that turns out dead.
    let life = life
        .then(told_link())
        .then(not_stored(DownloadProblem::LinkDead))
        .stands(StateName::Waiting);
    assert!(matches!(life.action, Action::Wait { .. }));
}

#[test]
fn a_fresh_link_is_tried_whatever_our_clock_says() {
    for product in [Product::QccRiskReport, Product::QccSnapshot] {
        let life = if product == Product::QccSnapshot {
            Life::of(product).placing()
        } else {
            Life::of(product).asking()
        };
        let link = RawLink::new("https://h/a?Expires=1500000000", None);
        let life = life.then(Input::Told(News::Link(link)));
        assert!(
            matches!(life.action, Action::Download { .. }),
            "{:?}",
            life.action
        );
    }
}

#[test]
fn a_fresh_link_is_tried_also_after_a_question_that_failed() {
    // With a clock that is ahead by more than a link lives, every fresh link looks dead.
    let dead = || RawLink::new("https://h/a?Expires=1500000000", None);
    let life = Life::of(Product::QccRiskReport)
        .asking()
        .then(http_error(502))
        .after(Duration::from_secs(60))
        .then(Input::Look)
        .then(Input::Told(News::Link(dead())));
    assert!(
        matches!(life.action, Action::Download { .. }),
        "{:?}",
        life.action
    );
    // After a download that broke off it is asked for anew, and tried anew, but not for ever.
    let mut life = life;
    for _ in 0..life.policy.download_attempts {
        life = life.then(not_stored(DownloadProblem::Interrupted));
        if matches!(life.action, Action::Leave { .. }) {
            return;
        }
        life = life.after(Duration::from_secs(61)).then(Input::Look);
        assert!(matches!(life.action, Action::Ask(_)), "{:?}", life.action);
        life = life.then(Input::Told(News::Link(dead())));
        assert!(
            matches!(life.action, Action::Download { .. }),
            "{:?}",
            life.action
        );
    }
    panic!("it is tried for ever");
}

#[test]
fn nobody_waits_for_a_time_that_a_wrong_clock_wrote_down() {
    let months = Duration::from_secs(90 * 86_400);
    let hours = Duration::from_secs(3 * 3600);
    // The clock was ahead when it was written, and has been set right since.
    let mended = |life: Life, by: Duration, input| {
        let millis = i64::try_from(by.as_millis()).expect("a time");
        let now = Timestamp::from_unix_millis(life.now.unix_millis() - millis);
        Life { now, ..life }.then(input)
    };
    let waiting = || {
        Life::of(Product::QccRiskReport)
            .asking()
            .then(Input::Told(News::Pending { queue: None }))
    };
    for input in [Input::Found, Input::Look] {
        let life = mended(waiting(), months, input.clone());
        assert!(matches!(life.action, Action::Ask(_)), "{:?}", life.action);
        let life = mended(waiting(), hours, input);
        assert!(matches!(life.action, Action::Wait { .. }));
    }
    let tomorrow = || {
        Life::of(Product::QccSnapshot)
            .placing()
            .then(answered::<Image>("116"))
    };
    let life = mended(tomorrow(), months, Input::Look);
    assert!(matches!(life.action, Action::Prepare), "{:?}", life.action);
    let life = mended(tomorrow(), hours, Input::Look);
    assert!(matches!(life.action, Action::Wait { .. }));

    // A doubt is left alone for all of its grace, and no longer.
    let mut doubt = Life::of(Product::QccSnapshot).placing();
    doubt.policy = doubt.policy.ordering_again(Duration::from_secs(15));
    let doubt = doubt.then(unanswered(Delivery::MaybeSent));
    let grace = doubt.policy.again_grace;
    // By less than the longest wait that there is: that may have been a wait.
    let day = Duration::from_secs(25 * 3600);
    let life = mended(doubt.clone(), day, Input::Found);
    assert!(matches!(life.action, Action::Wait { until, .. } if until == NOW.plus(grace)));
    let life = mended(doubt, months, Input::Found).stands(StateName::Uncertain);
    assert!(matches!(life.action, Action::Wait { until, .. } if until == life.now.plus(grace)));
    let life = life.after(grace).then(Input::Look);
    assert!(matches!(life.action, Action::Prepare), "{:?}", life.action);
}

#[test]
fn a_dead_link_that_was_charged_is_a_persons_question() {
    // Also where a run has no patience with downloads.
    for download_attempts in [1, 5] {
        let mut life = Life::of(Product::QccSnapshot).placing().then(told_link());
        life.policy.download_attempts = download_attempts;
        for _ in 0..3 {
            life = life.stands(StateName::Ready);
            assert!(
                matches!(life.action, Action::Download { .. }),
                "{:?}",
                life.action
            );
            life = life
                .then(not_stored(DownloadProblem::LinkDead))
                .after(Duration::from_secs(61));
            if matches!(life.action, Action::Wait { .. }) {
                life = life.then(Input::Look);
            }
        }
        let life = life.stands(StateName::Uncertain);
        assert!(matches!(
            life.order.state(),
            State::Uncertain {
                question: Question::OrderAgain,
                placement: Some(_),
                ..
            }
        ));
    }
}

#[test]
fn a_dead_link_that_can_be_had_again_is_nobodys_question() {
    let mut life = Life::of(Product::QccRiskReport).asking();
    for n in 1..=life.policy.download_attempts {
        life = life
            .then(told_link())
            .then(not_stored(DownloadProblem::LinkDead))
            .stands(StateName::Waiting);
        let is_last = n == life.policy.download_attempts;
        assert_eq!(matches!(life.action, Action::Leave { .. }), is_last, "{n}");
        life = life.after(Duration::from_secs(61)).then(Input::Look);
        assert!(matches!(life.action, Action::Ask(_)), "{:?}", life.action);
    }
}

#[test]
fn a_download_that_breaks_off_is_left_to_the_next_run_after_a_while() {
    let mut life = Life::of(Product::QccSnapshot).placing().then(told_link());
    for n in 1..=life.policy.download_attempts {
        life = life
            .then(not_stored(DownloadProblem::Interrupted))
            .stands(StateName::Ready);
        let is_last = n == life.policy.download_attempts;
        assert_eq!(matches!(life.action, Action::Leave { .. }), is_last, "{n}");
        life = life.after(Duration::from_secs(61)).then(Input::Look);
        assert!(matches!(life.action, Action::Download { .. }));
    }
}

#[test]
fn a_full_disk_loses_nothing() {
    for product in [Product::QccSnapshot, Product::QccRiskReport] {
        let life = if product == Product::QccSnapshot {
            Life::of(product).placing().then(told_link())
        } else {
            Life::of(product).asking().then(told_link())
        };
        let life = life
            .then(not_stored(DownloadProblem::Disk))
            .stands(StateName::Ready);
        assert!(matches!(life.action, Action::Leave { .. }));
        // The link was never tried: that it is dead is what our clock says.
        for seconds in [0, 3600] {
            let life = life.clone().after(Duration::from_secs(seconds));
            assert!(matches!(
                life.then(Input::Look).action,
                Action::Download { .. }
            ));
        }
    }
}

#[test]
fn a_link_that_lives_is_tried_again_as_it_is() {
    let life = Life::of(Product::QccRiskReport)
        .asking()
        .then(told_link())
        .then(not_stored(DownloadProblem::Interrupted))
        .after(Duration::from_secs(30))
        .then(Input::Look)
        .stands(StateName::Ready);
    assert!(matches!(life.action, Action::Download { .. }));
}

#[test]
fn an_intent_is_for_one_fence_and_for_seconds() {
    let recording = || {
        Life::of(Product::QccRiskReport)
            .then(Input::Look)
            .then(Input::Permitted(fence(1)))
    };
    let other = recording()
        .then(Input::Recorded(fence(2)))
        .stands(StateName::Ordering);
    assert!(matches!(other.action, Action::Rest));
    // A process that slept.
    recording()
        .after(Duration::from_secs(5))
        .then(Input::Recorded(fence(1)))
        .stands(StateName::Planned);
    // A clock that was set back.
    let mut back = recording();
    back.now = NOW.plus(Duration::ZERO);
    back.now = Timestamp::from_unix_seconds(NOW.unix_seconds() - 60);
    back.then(Input::Recorded(fence(1)))
        .stands(StateName::Planned);
}

#[test]
fn a_lost_file_is_had_again_where_that_costs_nothing() {
    let task = Life::of(Product::QccRiskReport)
        .asking()
        .then(told_link())
        .then(stored());
    let life = task.then(Input::FileLost).stands(StateName::Waiting);
    assert!(matches!(&life.action, Action::Ask(call) if call.effect() == Effect::Read));
    let direct = Life::of(Product::QccSnapshot)
        .placing()
        .then(told_link())
        .then(stored());
    direct.then(Input::FileLost).stands(StateName::Stored);
}

#[test]
fn what_goes_wrong_before_the_call_is_no_doubt() {
    let failure = Failure::unanswered(Vendor::Patsnap, "oauth/token", Delivery::MaybeSent, "reset");
    let planned = Life::of(Product::PatsnapInnovationReport).then(Input::Look);
    // Of a call that was never to be made nothing is doubtful.
    let life = planned.clone().then(Input::Failed(failure.clone()));
    assert!(matches!(
        life.stands(StateName::Planned).action,
        Action::Rest
    ));

    let failure = failure.before_the_call();
    assert_eq!(failure.delivery(), Delivery::NeverSent);
    assert!(failure.is_surely_nothing());
    let life = planned.then(Input::Failed(failure));
    assert!(matches!(
        life.stands(StateName::Planned).action,
        Action::Wait {
            why: WaitReason::Backoff,
            ..
        }
    ));
}

/// What a vendor says to the request for a token is about the account: no order may end for it.
#[test]
fn a_token_that_is_refused_ends_no_order() {
    let refused = || {
        let Input::Failed(failure) = answered::<jindiao_protocol_patsnap::RequestToken>("68300013")
        else {
            panic!("a failure");
        };
        Input::Failed(failure.before_the_call())
    };
    let product = Product::PatsnapInnovationReport;
    Life::of(product)
        .then(Input::Look)
        .then(refused())
        .stands(StateName::Held);
    let paid = Life::of(product).asking().then(refused());
    let paid = paid.stands(StateName::Held).then(Input::AccountOpen);
    assert!(matches!(paid.action, Action::Ask(_)), "{:?}", paid.action);
}

#[test]
fn a_failure_says_what_it_asks_of_the_account() {
    let check = |code: &str, concern: Option<Concern>| {
        let Input::Failed(failure) = answered::<Create>(code) else {
            panic!("a failure");
        };
        assert_eq!(failure.concern(Product::QccRiskReport), concern, "{code}");
    };
    let product = Reach::Product(Product::QccRiskReport);
    check("102", Some(Concern::Trouble(Reach::Account)));
    check("113", Some(Concern::Trouble(product)));
    check("109", Some(Concern::DaySpent(Reach::Account)));
    check("122", Some(Concern::TooFast));
    check("105", None);
    check("no such code", None);
    assert_eq!(product.product(), Some(Product::QccRiskReport));
    assert_eq!(Reach::Account.product(), None);
    // What has no code, such as a credential that cannot be used, is about the account.
    let Input::Failed(failure) = unanswered(Delivery::NeverSent) else {
        panic!("a failure");
    };
    let failure = failure.with_advice(Advice::FixAccount);
    let concern = failure.concern(Product::QccRiskReport);
    assert_eq!(concern, Some(Concern::Trouble(Reach::Account)));
}

#[test]
fn a_hold_says_what_is_done_first_after_it() {
    let check = |life: Life, effect: Option<Effect>| {
        let hold = life.order.hold().map(|hold| hold.effect);
        assert_eq!(hold, effect, "{:?}", life.order.state());
    };
    let life = || Life::of(Product::QccRiskReport);
    check(life(), None);
    check(
        life().placing().then(answered::<Create>("102")),
        Some(Effect::Charge),
    );
    check(
        life().asking().then(answered::<Info>("102")),
        Some(Effect::Read),
    );
}

#[test]
fn a_history_has_a_word_on_what_the_state_does_not_say() {
    let check = |life: Life, before: StateName, word: Option<&str>| {
        let remark = life.order.remark(before, &life.action);
        assert_eq!(remark.is_some(), word.is_some(), "{remark:?}");
        let remark = remark.unwrap_or_default();
        assert!(remark.contains(word.unwrap_or_default()), "{remark}");
    };
    let life = || Life::of(Product::QccRiskReport);
    check(life().placing(), StateName::Planned, None);
    let put_off = life().placing().then(unanswered(Delivery::NeverSent));
    check(put_off, StateName::Ordering, None);
    let doubt = life().placing().then(unanswered(Delivery::MaybeSent));
    check(doubt, StateName::Ordering, Some("reset"));
    let refused = life().placing().then(answered::<Create>("102"));
    check(refused, StateName::Ordering, Some("102"));
    let failed = life().asking();
    let failed = failed.then(Input::Told(News::Failed("abnormal".to_owned())));
    check(failed, StateName::Waiting, Some("abnormal"));
    let left = life().asking().then(told_link());
    let left = left.then(not_stored(DownloadProblem::Disk));
    check(left, StateName::Ready, Some("it broke"));
    let again = doubted();
    let held = Policy::of(Product::QccSnapshot);
    assert!(again.order.may_go_on(&again.policy) && !again.order.may_go_on(&held));
    let grace = again.policy.again_grace;
    let again = again.after(grace).then(Input::Look);
    check(again, StateName::Uncertain, Some("ordered again by itself"));
}

#[test]
fn an_intent_is_used_once() {
    let life = Life::of(Product::QccRiskReport)
        .placing()
        .then(Input::Recorded(fence(1)));
    assert!(matches!(life.action, Action::Rest), "{:?}", life.action);
}

#[test]
fn an_intent_that_was_read_back_is_never_used() {
    let mut life = Life::of(Product::QccRiskReport)
        .then(Input::Look)
        .then(Input::Permitted(fence(1)));
    life.order = Order::from_json(&life.order.to_json()).expect("an order");
    let life = life.then(Input::Recorded(fence(1)));
    assert!(matches!(life.action, Action::Rest), "{:?}", life.action);
}

#[test]
fn repeated_questions_keep_their_serial_and_new_ones_get_another() {
    let seq = |action: &Action| match action {
        Action::Ask(jindiao_order::Call::TempReport(ask)) => ask.seq.as_str().to_owned(),
        other => panic!("{other:?}"),
    };
    let life = Life::of(Product::YibeidiaoInterimReport).then(Input::Look);
    let first = seq(&life.action);
    let life = life
        .then(unanswered(Delivery::MaybeSent))
        .after(Duration::from_secs(61))
        .then(Input::Look);
    assert_eq!(seq(&life.action), first);
    let life = life
        .then(Input::Told(News::AlreadyAsked))
        .after(Duration::from_secs(61))
        .then(Input::Look);
    assert_ne!(seq(&life.action), first);
}

#[test]
fn decisions() {
    let uncertain = || {
        Life::of(Product::QccRiskReport)
            .placing()
            .then(unanswered(Delivery::MaybeSent))
            .order
    };
    let decide = |order: Order, verdict| order.decide(NOW, verdict);
    let state = |order: Result<Order, VerdictError>| order.map(|order| order.state().name());
    let placed = || Verdict::Placed("JKDAY-167660123348194027".to_owned());

    assert_eq!(state(decide(uncertain(), placed())), Ok(StateName::Ordered));
    assert_eq!(
        state(decide(uncertain(), Verdict::NotPlaced)),
        Ok(StateName::Planned)
    );
    assert_eq!(
        state(decide(uncertain(), Verdict::Abandon)),
        Ok(StateName::Failed)
    );
    assert_eq!(
        state(decide(uncertain(), Verdict::Placed(" ".to_owned()))),
        Err(VerdictError::Reference)
    );

    // The vendor has it: also while the account is in trouble, and while its link is tried.
    let asking = || Life::of(Product::QccRiskReport).asking();
    for life in [
        asking(),
        asking()
            .then(answered::<Info>("102"))
            .stands(StateName::Held),
        asking().then(told_link()).stands(StateName::Ready),
        Life::of(Product::QccSnapshot).placing().then(told_link()),
    ] {
        let order = life.order;
        let placed_twice = Err(VerdictError::AlreadyPlaced);
        assert_eq!(
            state(decide(order.clone(), Verdict::NotPlaced)),
            placed_twice
        );
        assert_eq!(state(decide(order.clone(), placed())), placed_twice);
        let abandoned = decide(order, Verdict::Abandon).expect("a decision");
        assert_eq!(abandoned.state().name(), StateName::Failed);
        assert!(abandoned.placement().is_some(), "it was paid for");
    }
    // It is held before anything was ordered.
    let held = Life::of(Product::QccRiskReport)
        .placing()
        .then(answered::<Create>("102"))
        .stands(StateName::Held)
        .order;
    assert_eq!(
        state(decide(held, Verdict::NotPlaced)),
        Ok(StateName::Planned)
    );

    let snapshot = Life::of(Product::QccSnapshot)
        .placing()
        .then(Input::Found)
        .order;
    assert_eq!(
        state(decide(snapshot.clone(), placed())),
        Err(VerdictError::LinkExpected)
    );
    let link = Verdict::PlacedLink(Link::sealed("0a1b", None));
    assert_eq!(state(decide(snapshot, link.clone())), Ok(StateName::Ready));
    assert_eq!(
        state(decide(uncertain(), link)),
        Err(VerdictError::Reference)
    );

    let stored = Life::of(Product::QccRiskReport)
        .asking()
        .then(told_link())
        .then(stored())
        .order;
    assert_eq!(
        state(decide(stored, Verdict::Abandon)),
        Err(VerdictError::Stored)
    );
    let planned = Life::of(Product::QccRiskReport).order;
    assert_eq!(
        state(decide(planned, placed())),
        Err(VerdictError::NotOrdered)
    );
    let free = Life::of(Product::YibeidiaoInterimReport).then(Input::Look);
    let free = free.stands(StateName::Waiting).order;
    assert_eq!(
        state(decide(free.clone(), placed())),
        Err(VerdictError::NeverPlaced)
    );
    assert_eq!(
        state(decide(
            free.clone(),
            Verdict::PlacedLink(Link::sealed("0a1b", None))
        )),
        Err(VerdictError::NeverPlaced)
    );
    assert_eq!(
        state(decide(free, Verdict::NotPlaced)),
        Ok(StateName::Planned)
    );
}

#[test]
fn references_that_people_give() {
    let check = |text: &str, expect: Option<&str>| {
        let order = Life::of(Product::QccRiskReport)
            .placing()
            .then(unanswered(Delivery::MaybeSent))
            .order;
        let decided = order.decide(NOW, Verdict::Placed(text.to_owned()));
        let reference = decided.as_ref().map(|order| {
            let placement = order.placement().expect("it is placed");
            placement.reference.as_deref()
        });
        match expect {
            Some(_) => assert_eq!(reference, Ok(expect), "{text}"),
            None => assert_eq!(reference, Err(&VerdictError::Reference), "{text}"),
        }
    };
    check(" JKDAY-167_1.2\n", Some("JKDAY-167_1.2"));
    check("1579434053399035904", Some("1579434053399035904"));
    let longest = "1".repeat(128);
    check(&longest, Some(&longest));
    check(&"1".repeat(129), None);
    check("", None);
    check("a b", None);
    check("https://h/a.zip", None);
    check("单号", None);
}

#[test]
fn when_an_order_is_to_be_looked_at_again() {
    let check = |life: Life, due: Option<Timestamp>| assert_eq!(life.order.due(), due);
    let life = || Life::of(Product::QccRiskReport);
    check(life(), Some(NOW));
    check(life().placing(), None);
    check(life().placing().then(told_placed()), Some(NOW));
    let life = life().asking();
    let now = life.now;
    let waiting = life.clone().then(http_error(502));
    let Action::Wait { until, .. } = waiting.action else {
        panic!("{:?}", waiting.action)
    };
    check(waiting, Some(until));
    check(life.clone().then(told_link()), Some(now));
    check(life.then(told_link()).then(stored()), None);
}

#[test]
fn what_is_known_of_the_placement() {
    let check = |life: Life, reference: Option<&str>| {
        let placement = life.order.placement();
        let known = placement.and_then(|it| it.reference.as_deref());
        assert_eq!(known, reference, "{:?}", life.order.state());
    };
    let life = || Life::of(Product::QccRiskReport);
    check(life().placing(), None);
    check(life().placing().then(told_placed()), Some("JKDAY-1"));
    let held = life().asking().then(answered::<Info>("102"));
    check(held, Some("JKDAY-1"));
    check(life().placing().then(answered::<Create>("102")), None);
}

/// An order in each state, as it is written.
fn one_of_each() -> Vec<Order> {
    let task = || Life::of(Product::QccRiskReport);
    vec![
        task().order,
        task()
            .then(Input::Look)
            .then(Input::Permitted(fence(7)))
            .order,
        task().placing().then(told_placed()).order,
        task().asking().order,
        Life::of(Product::QccSnapshot)
            .placing()
            .then(told_link())
            .order,
        task().asking().then(told_link()).then(stored()).order,
        task().placing().then(unanswered(Delivery::MaybeSent)).order,
        task().placing().then(http_error(400)).order,
        task()
            .asking()
            .then(Input::Told(News::Failed("abnormal".to_owned())))
            .order,
        task().asking().then(http_error(403)).order,
        Life::of(Product::PatsnapInnovationReport).order,
        Life::of(Product::PatsnapPatentValueReport).order,
        Life::of(Product::YibeidiaoInterimReport)
            .then(Input::Look)
            .order,
        doubted()
            .after(Duration::from_secs(60))
            .then(Input::Look)
            .order,
        Life::of(Product::QccSnapshot)
            .placing()
            .then(Input::Told(News::Link(
                Link::sealed("0a1b2c", Some(NOW.plus(Duration::from_secs(60)))).into(),
            )))
            .order,
    ]
}

#[test]
fn only_a_person_moves_on_what_is_settled() {
    for order in one_of_each() {
        let is_settled = matches!(
            order.state().name(),
            StateName::Stored | StateName::Uncertain | StateName::Refused | StateName::Failed
        );
        assert_eq!(order.state().is_settled(), is_settled, "{order:?}");
        let policy = Policy::of(order.wanted().product());
        assert_eq!(order.may_go_on(&policy), !is_settled, "{order:?}");
    }
}

#[test]
fn the_durable_form_is_the_golden_one() {
    let written: Vec<_> = one_of_each().iter().map(Order::to_json).collect();
    // A change here is a new schema version, with a golden file of its own.
    expect_test::expect_file!["golden/orders-v2.jsonl"].assert_eq(&(written.join("\n") + "\n"));
}

#[test]
fn every_golden_form_is_read() {
    for golden in [
        include_str!("golden/orders-v1.jsonl"),
        include_str!("golden/orders-v2.jsonl"),
    ] {
        for (line, order) in golden.lines().zip(one_of_each()) {
            let read = Order::from_json(line);
            assert_eq!(
                read.map(|read| read.to_json()),
                Ok(order.to_json()),
                "{line}"
            );
        }
    }
}

#[test]
fn a_link_that_can_be_had_again_is_not_written() {
    let secret = "https://h/a.zip?Signature=S3CR3T";
    let ready = Life::of(Product::QccRiskReport)
        .asking()
        .then(Input::Told(News::Link(RawLink::new(secret, None))))
        .order;
    assert_eq!(ready.state().name(), StateName::Ready);
    let written = ready.to_json();
    assert!(!written.contains("S3CR3T"), "{written}");
    assert_eq!(
        Order::from_json(&written).map(|order| order.state().name()),
        Ok(StateName::Waiting)
    );
}

#[test]
fn newer_and_foreign_forms_are_refused() {
    let newer = Life::of(Product::QccSnapshot).order.to_json().replacen(
        "\"version\":2",
        "\"version\":3",
        1,
    );
    assert_eq!(
        Order::from_json(&newer),
        Err(jindiao_order::FormError::Newer { version: 3 })
    );
    for foreign in ["", "{}", "[]", "{\"version\":1}", "{\"version\":2}", "null"] {
        assert_eq!(
            Order::from_json(foreign),
            Err(jindiao_order::FormError::Unreadable),
            "{foreign}"
        );
    }
}

/// Whether the vendor cannot have charged, judged without the machine.
fn surely_did_nothing(input: &Input) -> bool {
    let Input::Failed(failure) = input else {
        return false;
    };
    let refusal = failure.refusal();
    failure.delivery() == Delivery::NeverSent
        || refusal
            .code
            .as_ref()
            .is_some_and(|code| code.outcome_at(&refusal.exchange) == Outcome::NothingDone)
}

fn any_input() -> impl Strategy<Value = Input> {
    let code = prop_oneof![
        "[0-9]{3}",
        "682000[0-9]{2}",
        "672002[0-9]{2}",
        Just("68300013".to_owned())
    ];
    prop_oneof![
        Just(Input::Look),
        Just(Input::Look),
        Just(Input::Look),
        Just(Input::Found),
        (0u64..3).prop_map(|nonce| Input::Permitted(fence(nonce))),
        (0u64..3).prop_map(|nonce| Input::Recorded(fence(nonce))),
        Just(told_placed()),
        Just(told_link()),
        Just(Input::Told(News::Pending { queue: None })),
        Just(Input::Told(News::Failed("no".to_owned()))),
        Just(Input::Told(News::AlreadyAsked)),
        Just(Input::Told(News::Link(RawLink::new("no link", None)))),
        prop_oneof![
            Just(Delivery::NeverSent),
            Just(Delivery::MaybeSent),
            Just(Delivery::Answered)
        ]
        .prop_map(unanswered),
        code.clone().prop_map(|code| answered::<Create>(&code)),
        code.prop_map(|code| answered::<jindiao_protocol_patsnap::CompanyReportStatus>(&code)),
        Just(stored()),
        prop_oneof![
            Just(DownloadProblem::LinkDead),
            Just(DownloadProblem::Interrupted),
            Just(DownloadProblem::Disk),
            Just(DownloadProblem::Forbidden)
        ]
        .prop_map(not_stored),
        Just(Input::AccountOpen),
        Just(Input::FileLost),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever happens in whatever order: nothing panics, the order can always be written and
    /// read, and a second charging call comes only after the first one surely did nothing.
    #[test]
    fn never_two_charges(
        product in proptest::sample::select(Product::ALL),
        inputs in proptest::collection::vec((any_input(), 0u64..400), 1..60),
    ) {
        let mut life = Life::of(product);
        // Whether a call was made that may have charged.
        let mut is_spent = false;
        for (input, seconds) in inputs {
            let offered = match &input {
                Input::Recorded(fence) => Some(fence.clone()),
                _ => None,
            };
            if life.order.state().name() == StateName::Ordering && surely_did_nothing(&input) {
                is_spent = false;
            }
            life = life.after(Duration::from_secs(seconds % 7 * seconds)).then(input);
            match &life.action {
                Action::Place { call, intent } => {
                    prop_assert!(!is_spent, "a second charge");
                    prop_assert_eq!(call.effect(), Effect::Charge);
                    prop_assert_eq!(Some(&intent.fence), offered.as_ref());
                    is_spent = true;
                }
                Action::Ask(call) => prop_assert_eq!(call.effect(), Effect::Read),
                _ => {}
            }
            let read = Order::from_json(&life.order.to_json());
            prop_assert!(read.is_ok(), "{:?}", read);
        }
    }

    /// Where a doubt is answered with a second call: one such call in an order's life, after the
    /// grace, and never while the policy holds.
    #[test]
    fn at_most_one_call_more_and_never_with_hold(
        product in proptest::sample::select(Product::ALL),
        inputs in proptest::collection::vec((any_input(), 0u64..400, any::<bool>()), 1..60),
    ) {
        let hold = Policy::of(product);
        let again = hold.clone().ordering_again(Duration::from_secs(15));
        let mut life = Life::of(product);
        let mut doubted = NOW;
        for (input, seconds, holds) in inputs {
            life.policy = if holds { hold.clone() } else { again.clone() };
            let before = (life.order.state().name(), life.order.times_again());
            life = life.after(Duration::from_secs(seconds)).then(input);
            let after = (life.order.state().name(), life.order.times_again());
            if before.0 == StateName::Uncertain && after.0 != StateName::Uncertain {
                prop_assert!(!holds, "held");
                prop_assert_eq!(after, (StateName::Planned, before.1 + 1));
                prop_assert!(life.now.since(doubted) >= again.again_grace);
            } else {
                prop_assert_eq!(before.1, after.1);
            }
            if before.0 != StateName::Uncertain && after.0 == StateName::Uncertain {
                doubted = life.now;
            }
            prop_assert!(after.1 <= 1);
            let read = Order::from_json(&life.order.to_json());
            prop_assert_eq!(read.map(|order| order.times_again()), Ok(after.1));
        }
    }

    #[test]
    fn any_text_is_an_order_or_an_error(text in ".{0,200}") {
        let _ = Order::from_json(&text);
    }
}
