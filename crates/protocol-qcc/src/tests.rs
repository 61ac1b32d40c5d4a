//! What holds for every exchange.

use bytes::Bytes;
use jindiao_protocol::{Code, Exchange, Outcome, ReplyError, ReplyErrorKind, Timestamp};
use jindiao_signing::qcc;
use proptest::prelude::*;

use crate::testing::{CREATE, KEY, NOW, SECRET, auth, auth_at, image, info, read};
use crate::{OPEN_ORIGIN, ORIGIN};

/// The error that all three exchanges make of a response.
fn refused_by_all(status: u16, body: &str) -> ReplyError {
    let error = read(&CREATE, status, body.to_owned()).expect_err(body);
    for other in [
        read(&image(), status, body.to_owned()).expect_err(body),
        read(&info(), status, body.to_owned()).expect_err(body),
    ] {
        assert_eq!(other.kind(), error.kind(), "{body}");
        assert_eq!(other.receipt(), error.receipt(), "{body}");
        assert_eq!(other.vendor_text(), error.vendor_text(), "{body}");
    }
    error
}

fn check(status: u16, body: &str, kind: ReplyErrorKind, code: Option<&str>) {
    let error = refused_by_all(status, body);
    assert_eq!(error.kind(), kind, "{status} {body}");
    assert_eq!(error.code().map(Code::as_str), code, "{body}");
    assert_eq!(error.receipt().http_status, status);
}

#[test]
fn a_real_failure_is_kept_with_its_words_and_serial() {
    // As seen by a third party: nulls, the class prefix, HTTP 200.
    let error = refused_by_all(
        200,
        r#"{"Status":"112","Message":"【无效请求】您的账号剩余使用量已不足或已过期",
            "OrderNumber":"ECICERTIFICATION2024080709174477213715","Paging":null,"Result":null}"#,
    );
    assert_eq!(error.kind(), ReplyErrorKind::Refused);
    assert_eq!(error.code().map(Code::as_str), Some("112"));
    assert_eq!(
        error.vendor_text(),
        Some("【无效请求】您的账号剩余使用量已不足或已过期")
    );
    assert_eq!(
        error.receipt().serial.as_deref(),
        Some("ECICERTIFICATION2024080709174477213715")
    );
}

#[test]
fn both_envelopes_in_any_case_and_type() {
    let refused = |body| check(200, body, ReplyErrorKind::Refused, Some("107"));
    refused(r#"{"Status":"107","Message":"被禁止的IP或者签名错误"}"#);
    refused(r#"{"status":"107","msg":"被禁止的IP或者签名错误"}"#);
    refused(r#"{"STATUS":107,"message":null}"#);
    refused(r#"{"status":" 107 ","result":{"orderNo":"X","reportStatus":"S","reportUrl":"Y"}}"#);
    refused(r#"{"Status":null,"status":107}"#);
    refused("\u{feff}{\"Status\":107}");
    let error = refused_by_all(200, r#"{"status":"107","msg":"签名错误"}"#);
    assert_eq!(error.vendor_text(), Some("签名错误"));
}

#[test]
fn unknown_codes_are_data() {
    check(200, r#"{"Status":"9"}"#, ReplyErrorKind::Refused, Some("9"));
    let not_a_number = r#"{"status":"E_BUSY"}"#;
    check(200, not_a_number, ReplyErrorKind::Refused, Some("E_BUSY"));
    let huge = "7".repeat(5000);
    let error = refused_by_all(200, &format!(r#"{{"Status":"{huge}"}}"#));
    assert!(error.to_string().len() < 1000);
}

#[test]
fn an_envelope_counts_whatever_http_says() {
    check(
        500,
        r#"{"Status":"199"}"#,
        ReplyErrorKind::Refused,
        Some("199"),
    );
    check(
        401,
        r#"{"status":101}"#,
        ReplyErrorKind::Refused,
        Some("101"),
    );
    // Some clients tolerate 201 as the HTTP status.
    assert!(read(&CREATE, 201, r#"{"status":"200","result":{"orderNo":"X"}}"#).is_ok());
}

#[test]
fn a_status_inside_of_the_result_is_the_companys() {
    let company = r#"{"status":"200","result":{"orderNo":"X","Status":"在业"}}"#;
    assert!(read(&CREATE, 200, company).is_ok());
    let no_envelope = r#"{"Result":{"Status":"200","orderNo":"X"}}"#;
    check(200, no_envelope, ReplyErrorKind::Unreadable, None);
}

#[test]
fn a_success_under_a_failure_proves_nothing() {
    let body = r#"{"Status":"200","Result":{"orderNo":"X"}}"#;
    for status in [302, 404, 503] {
        check(status, body, ReplyErrorKind::Unreadable, Some("200"));
        assert_eq!(refused_by_all(status, body).outcome(), Outcome::Unclear);
    }
}

#[test]
fn what_is_no_envelope() {
    for body in [
        "",
        " ",
        "<html><body>502 Bad Gateway</body></html>",
        "null",
        "[]",
        r#"[{"Status":"200"}]"#,
        r#"{"Status":"200","Result":"https://h/a.p"#,
        r#"{"Status":null,"Result":"https://h/a.png"}"#,
        r#"{"Status":"","Result":"https://h/a.png"}"#,
        // The registration state of a company is not the status of the call.
        r#"{"Result":{"Status":"200","Name":"X"}}"#,
        // Two envelopes that disagree.
        r#"{"Status":"200","status":"112","Result":"https://h/a.png"}"#,
    ] {
        check(200, body, ReplyErrorKind::Unreadable, None);
        check(502, body, ReplyErrorKind::Http, None);
    }
}

#[test]
fn a_frameworks_error_page_is_no_envelope() {
    let page = r#"{"timestamp":1,"status":404,"error":"Not Found","message":"No handler"}"#;
    check(404, page, ReplyErrorKind::Http, None);
    assert_eq!(refused_by_all(404, page).outcome(), Outcome::NothingDone);
}

#[test]
fn credentials_stay_out_of_everything_that_is_shown() {
    let shown = format!("{:?}", auth());
    assert!(!shown.contains(KEY) && !shown.contains(SECRET), "{shown}");

    let token = qcc::sign(&auth().key, &auth().secret, NOW.unix_seconds()).token;
    let echo = format!(
        "key {KEY} secret {} token {}",
        SECRET.to_lowercase(),
        token.as_str()
    );
    for body in [
        format!(r#"{{"Status":"107","Message":"{echo}","OrderNumber":"{KEY}"}}"#),
        format!(r#"{{"Status":"{SECRET}","Message":"x"}}"#),
        format!(r#"{{"Status":"200","Result":null,"OrderNumber":"{SECRET}"}}"#),
        echo.clone(),
    ] {
        let error = refused_by_all(200, &body);
        let shown = format!("{error} {error:?}").to_lowercase();
        for secret in [KEY, SECRET, token.as_str()] {
            assert!(!shown.contains(&secret.to_lowercase()), "{shown}");
        }
    }

    let request = image().request(&auth(), NOW).expect("a request");
    assert!(request.headers()["Token"].is_sensitive());
    let shown = format!("{:?}", request.headers());
    assert!(!shown.contains(token.as_str()), "{shown}");
}

#[test]
fn requests_are_signed_for_the_time_they_are_made() {
    let check = |now: i64| {
        let now = Timestamp::from_unix_seconds(now);
        let signature = qcc::sign(&auth().key, &auth().secret, now.unix_seconds());
        for request in [
            CREATE.request(&auth(), now).expect("a request"),
            info().request(&auth(), now).expect("a request"),
            image().request(&auth(), now).expect("a request"),
        ] {
            assert_eq!(request.method(), "GET");
            assert_eq!(
                request.headers()["Timespan"],
                now.unix_seconds().to_string()
            );
            assert_eq!(request.headers()["Token"], signature.token.as_str());
            assert_eq!(request.headers().len(), 2);
            assert!(request.body().is_empty());
        }
    };
    check(0);
    check(1_676_601_233);
}

#[test]
fn both_origins_are_origins() {
    assert_eq!(auth_at(ORIGIN).origin.to_string(), ORIGIN);
    assert_eq!(auth_at(OPEN_ORIGIN).origin.to_string(), OPEN_ORIGIN);
}

/// A JSON value that a vendor might write where another one is expected.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("null".to_owned()),
        Just("\"\"".to_owned()),
        Just("{}".to_owned()),
        Just("[]".to_owned()),
        Just("true".to_owned()),
        Just("1e400".to_owned()),
        Just("\"200\"".to_owned()),
        Just("200".to_owned()),
        Just("\"S\"".to_owned()),
        Just("\"https://h/a.zip\"".to_owned()),
        Just(r#"{"orderNo":"X","reportStatus":"S","reportUrl":"https://h/a"}"#.to_owned()),
        Just(r#"{"orderNo":1.5e3,"reportStatus":["P"]}"#.to_owned()),
        any::<i64>().prop_map(|n| n.to_string()),
        "[a-zA-Z0-9\u{4e00}-\u{4eff}]{0,8}".prop_map(|text| format!("\"{text}\"")),
    ]
}

fn object() -> impl Strategy<Value = String> {
    const NAMES: &[&str] = &[
        "Status",
        "status",
        "Message",
        "msg",
        "Result",
        "result",
        "OrderNumber",
        "orderNo",
        "reportStatus",
        "reportUrl",
        "Paging",
    ];
    let field = (proptest::sample::select(NAMES), value());
    proptest::collection::vec(field, 0..8).prop_map(|fields| {
        let fields: Vec<_> = fields.iter().map(|(k, v)| format!("\"{k}\":{v}")).collect();
        format!("{{{}}}", fields.join(","))
    })
}

/// Reads `body` with every exchange; says whether one of them took it for a success.
fn any_success(status: u16, body: &Bytes) -> bool {
    let results = [
        read(&CREATE, status, body.clone()).map(|_| ()),
        read(&info(), status, body.clone()).map(|_| ()),
        read(&image(), status, body.clone()).map(|_| ()),
    ];
    for error in results.iter().filter_map(|result| result.as_ref().err()) {
        assert!(error.to_string().len() < 3000);
        assert_eq!(error.receipt().http_status, status);
    }
    results.iter().any(Result::is_ok)
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        status in 100u16..1000,
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        prop_assert!(!any_success(status, &body.into()));
    }

    #[test]
    fn any_object_is_read_or_refused(status in prop_oneof![Just(200u16), 100u16..1000], body in object()) {
        let success = any_success(status, &body.clone().into());
        // Success is said by the envelope and by HTTP, or it is none.
        let said = body.contains("200") && (200..300).contains(&status);
        prop_assert!(said || !success, "{status} {body}");
    }
}
