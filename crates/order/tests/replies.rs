//! What is asked of each vendor for an order, and what an order hears of the replies.

use jindiao_order::{Action, Call, Failure, Fence, Input, News, Order, Policy, Product, Wanted};
use jindiao_protocol::{
    Advice, Code, Company, Delivery, Effect, Exchange, FileKind, Period, RawLink, Receipt,
    ReplyError, ReplyErrorKind, Subject, Timestamp, Vendor,
};
use jindiao_protocol_patsnap as patsnap;
use jindiao_protocol_qcc as qcc;
use jindiao_protocol_yibeidiao as yibeidiao;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

fn wanted(product: Product, format: Option<FileKind>) -> Wanted {
    let subject = match product {
        Product::QccRiskReport => Subject::Period(Period::Week),
        Product::PatsnapPatentValueReport => {
            Subject::Patent("CN108977442B".parse().expect("a patent"))
        }
        Product::YibeidiaoInterimReport => {
            Subject::Record("20190415152645093983751".parse().expect("a record"))
        }
        _ => Subject::Company(Company::named("某某科技有限公司".parse().expect("a name"))),
    };
    Wanted::new(product, subject, format).expect("a wanted report")
}

/// The call that asks how an order is getting on that was placed as `7`, if there is one.
fn ask(wanted: Wanted) -> Option<Call> {
    let policy = Policy::of(wanted.product());
    let fence = Fence {
        incarnation: "this".to_owned(),
        nonce: 1,
    };
    let (mut order, mut action) = (Order::plan(wanted, 0, NOW), Action::Rest);
    for (now, input) in [
        (NOW, Input::Permitted(fence.clone())),
        (NOW, Input::Recorded(fence)),
        (NOW, Input::Told(News::Placed("7".to_owned()))),
        (NOW.plus(policy.poll_interval * 2), Input::Look),
    ] {
        (order, action) = order.step(now, input, &policy);
    }
    match action {
        Action::Ask(call) => Some(call),
        _ => None,
    }
}

#[test]
fn each_product_is_placed_and_asked_for_with_exchanges_of_its_own() {
    let check = |product, placed: Option<&str>, asked: Option<&str>| {
        let place = Call::place(&wanted(product, None));
        assert_eq!(place.as_ref().map(Call::name), placed, "{product}");
        if let Some(call) = place {
            assert_eq!(call.effect(), Effect::Charge, "{product}");
            assert_eq!(call.vendor(), product.vendor(), "{product}");
        }
        let ask = ask(wanted(product, None));
        assert_eq!(ask.as_ref().map(Call::name), asked, "{product}");
        if let Some(call) = ask {
            assert_eq!(call.effect(), Effect::Read, "{product}");
            assert_eq!(call.vendor(), product.vendor(), "{product}");
        }
    };
    check(Product::QccSnapshot, Some(qcc::GetEciImage::NAME), None);
    check(
        Product::QccRiskReport,
        Some(qcc::CreateReport::NAME),
        Some(qcc::GetReportInfo::NAME),
    );
    check(
        Product::PatsnapInnovationReport,
        Some(patsnap::CreateCompanyReport::NAME),
        Some(patsnap::CompanyReportStatus::NAME),
    );
    check(
        Product::PatsnapPatentValueReport,
        Some(patsnap::CreatePatentReport::NAME),
        Some(patsnap::PatentReportStatus::NAME),
    );
    check(
        Product::YibeidiaoInterimReport,
        None,
        Some(yibeidiao::GenerateTempReport::NAME),
    );
}

#[test]
fn what_is_placed_is_what_was_wanted() {
    match Call::place(&wanted(Product::QccRiskReport, None)) {
        Some(Call::CreateRiskReport(call)) => assert_eq!(call.period, Period::Week),
        other => panic!("{other:?}"),
    }
    for (format, expect) in [
        (None, patsnap::ReportFormat::Pdf),
        (Some(FileKind::Pdf), patsnap::ReportFormat::Pdf),
        (Some(FileKind::Docx), patsnap::ReportFormat::Word),
    ] {
        match Call::place(&wanted(Product::PatsnapInnovationReport, format)) {
            Some(Call::CreateCompanyReport(call)) => {
                assert_eq!((call.format, call.logo), (expect, true));
            }
            other => panic!("{other:?}"),
        }
        match Call::place(&wanted(Product::PatsnapPatentValueReport, format).without_logo()) {
            Some(Call::CreatePatentReport(call)) => {
                assert_eq!((call.format, call.logo), (expect, false));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_the_replies_tell() {
    let link = || RawLink::new("https://h/a", None);
    let pending = || News::Pending { queue: None };
    let failed = |why: &str| News::Failed(why.to_owned());
    let check = |news: News, expect: News| assert_eq!(news, expect);

    check(
        qcc::ReportInfo::Ready { url: link() }.into(),
        News::Link(link()),
    );
    check(qcc::ReportInfo::Pending.into(), pending());
    check(qcc::ReportInfo::Unknown("X".to_owned()).into(), pending());
    check(
        qcc::ReportInfo::Failed.into(),
        failed("reportStatus F, without a reason"),
    );

    let status = |state| patsnap::TaskStatus {
        state,
        queue: Some(3),
    };
    let queued = || News::Pending { queue: Some(3) };
    let ready = patsnap::TaskState::Ready { url: link() };
    check(status(ready).into(), News::Link(link()));
    check(status(patsnap::TaskState::Waiting).into(), queued());
    check(status(patsnap::TaskState::Exporting).into(), queued());
    let unknown = patsnap::TaskState::Unknown("9".to_owned());
    check(status(unknown).into(), queued());
    for (cause, expect) in [
        (Some("生成失败"), "生成失败"),
        (None, "job_status 3, without a cause"),
    ] {
        let cause = cause.map(str::to_owned);
        let state = patsnap::TaskState::Failed { cause };
        check(status(state).into(), failed(expect));
    }

    check(
        yibeidiao::TempReport::Ready { url: link() }.into(),
        News::Link(link()),
    );
    check(yibeidiao::TempReport::NotReady.into(), pending());
}

fn error<E: Exchange>(kind: ReplyErrorKind, code: Option<&str>) -> ReplyError {
    let mut receipt = Receipt::of_status(http::StatusCode::OK);
    receipt.code = code.map(|code| Code::parse(E::VENDOR, code));
    receipt.serial = Some("serial".to_owned());
    ReplyError::new::<E>(kind, receipt)
}

#[test]
fn only_yibeidiaos_902_is_news_in_an_error() {
    let check = |error: &ReplyError, expect: Option<News>| {
        assert_eq!(News::of_error(error), expect, "{error}");
    };
    let refused = ReplyErrorKind::Refused;
    let temp = |kind, code| error::<yibeidiao::GenerateTempReport>(kind, Some(code));
    check(&temp(refused, "902"), Some(News::AlreadyAsked));
    check(&temp(refused, "901"), None);
    check(&error::<qcc::GetReportInfo>(refused, Some("902")), None);
    // Nobody knows who wrote it.
    check(&temp(ReplyErrorKind::Tampered, "902"), None);
}

#[test]
fn what_looks_forged_is_neither_believed_nor_the_end() {
    let asking = || error::<yibeidiao::GenerateTempReport>(ReplyErrorKind::Tampered, Some("901"));
    let failure = Failure::answered(&asking());
    assert!(failure.is_tampering());
    assert_eq!(failure.advice(), Advice::Retry);
    assert!(!failure.is_surely_nothing());
    assert_eq!(failure.refusal().code, None);
    assert_eq!(failure.refusal().serial.as_deref(), Some("serial"));
    let text = &failure.refusal().text;
    assert!(text.contains("the report is not lost"), "{text}");

    let honest = error::<yibeidiao::GenerateTempReport>(ReplyErrorKind::Refused, Some("901"));
    let failure = Failure::answered(&honest);
    assert!(!failure.is_tampering() && failure.is_surely_nothing());
    assert_eq!(failure.delivery(), Delivery::Answered);
    assert_eq!(failure.advice(), Advice::FixAccount);
    assert_eq!(failure.refusal().text, honest.to_string());
    assert_eq!(failure.refusal().http_status, Some(200));
    let code = failure.refusal().code.as_ref().map(Code::as_str);
    assert_eq!(code, Some("901"));
    let remarked = failure.with_remark("look there");
    assert_eq!(remarked.refusal().text, format!("{honest}; look there"));
}

#[test]
fn what_was_not_answered_is_nothing_only_if_it_never_left() {
    for (delivery, is_nothing) in [
        (Delivery::NeverSent, true),
        (Delivery::MaybeSent, false),
        (Delivery::Answered, false),
    ] {
        let failure = Failure::unanswered(Vendor::Qcc, "GetEciImage", delivery, "reset");
        assert_eq!(failure.is_surely_nothing(), is_nothing, "{delivery:?}");
        assert_eq!(failure.delivery(), delivery);
        assert!(!failure.is_tampering());
    }
}
