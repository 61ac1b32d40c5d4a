//! What holds for every exchange.

use bytes::Bytes;
use http::Response;
use jindiao_protocol::{Code, Exchange, Outcome, ReplyError, ReplyErrorKind};
use jindiao_signing::patsnap::basic;
use proptest::prelude::*;

use crate::RequestToken;
use crate::testing::{
    API_KEY, ID, NOW, SECRET, TOKEN, auth, company_status, create, create_patent, key_auth,
    patent_status, read, read_as, token_auth,
};

/// What each business exchange makes of a response, without the payload.
fn all(status: u16, body: &Bytes) -> [Result<(), ReplyError>; 4] {
    [
        read(&create(), status, body.clone()).map(|_| ()),
        read(&create_patent(), status, body.clone()).map(|_| ()),
        read(&company_status(), status, body.clone()).map(|_| ()),
        read(&patent_status(), status, body.clone()).map(|_| ()),
    ]
}

/// The error that all business exchanges make of a response.
fn refused_by_all(status: u16, body: &str) -> ReplyError {
    let [first, rest @ ..] = all(status, &body.to_owned().into());
    let first = first.expect_err(body);
    for other in rest {
        let other = other.expect_err(body);
        assert_eq!(other.kind(), first.kind(), "{body}");
        assert_eq!(other.receipt(), first.receipt(), "{body}");
        assert_eq!(other.vendor_text(), first.vendor_text(), "{body}");
    }
    first
}

fn check(status: u16, body: &str, kind: ReplyErrorKind, code: Option<&str>) -> ReplyError {
    let error = refused_by_all(status, body);
    assert_eq!(error.kind(), kind, "{status} {body}");
    assert_eq!(error.code().map(Code::as_str), code, "{body}");
    error
}

#[test]
fn http_200_with_a_code_is_a_failure() {
    let refused = |body: &str, code: &str| {
        for status in [200, 201, 401, 403, 404, 500] {
            check(status, body, ReplyErrorKind::Refused, Some(code));
        }
    };
    refused(
        r#"{"status":false,"error_code":67200202,"error_msg":"apikey auth error!"}"#,
        "67200202",
    );
    refused(r#"{"status":"false","error_code":"68300004"}"#, "68300004");
    // A true status does not outweigh a code.
    refused(
        r#"{"data":{"job_id":"1"},"status":true,"error_code":68300008}"#,
        "68300008",
    );
    refused(r#"{"error_code":67200002}"#, "67200002");
    // The table of the page in China has HTTP's codes, too.
    refused(
        r#"{"status":false,"error_code":401,"error_msg":"Unauthorized"}"#,
        "401",
    );
    // Other endpoints have words for codes; unknown ones are data.
    refused(
        r#"{"status":false,"error_code":"INTERNAL_ERROR"}"#,
        "INTERNAL_ERROR",
    );
    refused(r#"{"status":false,"error_code":0.0}"#, "0.0");
}

#[test]
fn the_vendors_words_are_kept() {
    let error = refused_by_all(
        200,
        r#"{"status":false,"error_code":68300004,"error_msg":"请求参数异常！\n"}"#,
    );
    assert_eq!(error.vendor_text(), Some("请求参数异常！"));
    let error = refused_by_all(200, r#"{"error_code":"1","error_message":"landscape"}"#);
    assert_eq!(error.vendor_text(), Some("landscape"));
    // Also where it contradicts itself, and says why it may have.
    let error = refused_by_all(200, r#"{"status":false,"error_code":0,"error_msg":"稍后"}"#);
    assert_eq!(error.kind(), ReplyErrorKind::Unreadable);
    assert_eq!(error.vendor_text(), Some("稍后"));
}

#[test]
fn only_both_together_are_success() {
    let data = r#""data":{"job_id":"1","job_status":1}"#;
    for doubtful in [
        r#""status":true"#,
        r#""error_code":0"#,
        r#""status":true,"error_code":null"#,
        r#""status":true,"error_code":"""#,
        r#""status":false,"error_code":0"#,
        r#""status":null,"error_code":0"#,
        r#""status":"approved","error_code":0"#,
        r#""status":1,"error_code":0"#,
    ] {
        let body = format!("{{{data},{doubtful}}}");
        let code = doubtful.contains(":0").then_some("0");
        let error = check(200, &body, ReplyErrorKind::Unreadable, code);
        assert_eq!(error.outcome(), Outcome::Unclear, "{body}");
    }
    for sure in [
        r#""status":true,"error_code":0"#,
        r#""status":"true","error_code":"0""#,
        r#""status":"True","error_code":0,"error_msg":null"#,
    ] {
        let body = format!("{{{data},{sure}}}");
        let created = read(&create(), 200, body.clone()).expect(&body);
        assert_eq!(created.value.job_id, "1");
        assert!(read(&create(), 201, body).is_ok());
    }
}

#[test]
fn a_success_under_a_failure_proves_nothing() {
    let body = r#"{"data":{"job_id":"1"},"status":true,"error_code":0}"#;
    for status in [302, 404, 500] {
        let error = check(status, body, ReplyErrorKind::Unreadable, Some("0"));
        assert_eq!(error.outcome(), Outcome::Unclear);
    }
}

#[test]
fn what_is_no_envelope() {
    for body in [
        "",
        "<html>WAF</html>",
        "null",
        "\"\"",
        r#"[true,0,"","",{"job_id":"1"}]"#,
        r#"{"data":{"job_id":"1"},"status":true,"error_co"#,
        "{}",
        r#"{"timestamp":1,"status":404,"error":"Not Found"}"#,
    ] {
        check(200, body, ReplyErrorKind::Unreadable, None);
        for status in [401, 403, 404, 502] {
            check(status, body, ReplyErrorKind::Http, None);
        }
    }
    let error = refused_by_all(403, "");
    assert_eq!(error.outcome(), Outcome::NothingDone);
    let error = refused_by_all(504, "");
    assert_eq!(error.outcome(), Outcome::Unclear);
}

#[test]
fn serial_and_units_come_from_headers() {
    let answer = |body: &'static str| {
        let response = Response::builder()
            .header("X-Correlation-Id", "0af7651916cd43dd8448eb211c80319c")
            .header("x-openapi-amount", " 2.5 ")
            .body(Bytes::from_static(body.as_bytes()))
            .expect("a response");
        create().reply(&auth(), &response)
    };
    let ok = r#"{"data":{"job_id":"1"},"status":true,"error_code":0}"#;
    let receipts = [
        answer(ok).expect(ok).receipt,
        answer("").expect_err("nothing").receipt().clone(),
    ];
    for receipt in receipts {
        assert_eq!(
            receipt.serial.as_deref(),
            Some("0af7651916cd43dd8448eb211c80319c")
        );
        assert_eq!(receipt.units.as_deref(), Some("2.5"));
    }
    let without = read(&create(), 200, ok).expect(ok).receipt;
    assert_eq!((without.serial, without.units), (None, None));
}

#[test]
fn credentials_stay_out_of_everything_that_is_shown() {
    let basic = basic(&token_auth().id, &token_auth().secret);
    let encoded = basic.expose().trim_start_matches("Basic ");
    let check = |shown: String| {
        for secret in [ID, SECRET, TOKEN, API_KEY, encoded] {
            assert!(!shown.contains(secret), "{shown}");
        }
    };
    check(format!("{:?} {:?} {:?}", auth(), key_auth(), token_auth()));

    let echo = format!("{ID} {TOKEN}");
    for body in [
        format!(r#"{{"status":false,"error_code":67200009,"error_msg":"{echo}"}}"#),
        format!(r#"{{"status":false,"error_code":"{TOKEN}"}}"#),
        echo,
    ] {
        let error = refused_by_all(200, &body);
        check(format!("{error} {error:?}"));
    }
    let body = format!(r#"{{"status":false,"error_code":67200202,"error_msg":"{API_KEY}?"}}"#);
    let error = read_as(&key_auth(), &create(), 200, body).expect_err("a refusal");
    assert_eq!(error.vendor_text(), Some("[redacted]?"));
    check(format!("{error} {error:?}"));
    let body = format!(r#"{{"error_code":67200003,"error_msg":"{ID}:{SECRET}"}}"#);
    let error = read_as(&token_auth(), &RequestToken, 200, body).expect_err("a refusal");
    check(format!("{error} {error:?}"));
    let body = format!(
        r#"{{"error_code":67200003,"error_msg":"{}"}}"#,
        basic.expose()
    );
    let error = read_as(&token_auth(), &RequestToken, 200, body).expect_err("a refusal");
    assert_eq!(error.vendor_text(), Some("Basic [redacted]"));
    check(format!("{error} {error:?}"));

    for headers in [
        create()
            .request(&auth(), NOW)
            .expect("one")
            .into_parts()
            .0
            .headers,
        create()
            .request(&key_auth(), NOW)
            .expect("one")
            .into_parts()
            .0
            .headers,
        RequestToken
            .request(&token_auth(), NOW)
            .expect("one")
            .into_parts()
            .0
            .headers,
    ] {
        check(format!("{headers:?}"));
    }
    let shown = format!("{:?} {:?}", create(), create_patent());
    assert!(
        !shown.contains("小米") && !shown.contains("CN108977442B"),
        "{shown}"
    );
}

/// A JSON value that a vendor might write where another one is expected.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("null".to_owned()),
        Just("\"\"".to_owned()),
        Just("{}".to_owned()),
        Just("[]".to_owned()),
        Just("true".to_owned()),
        Just("\"true\"".to_owned()),
        Just("0".to_owned()),
        Just("\"0\"".to_owned()),
        Just("1.579434053399036E+18".to_owned()),
        Just(r#"{"job_id":1,"job_status":2,"download_url":"https://h/a"}"#.to_owned()),
        Just(r#"{"job_id":"x","job_status":"3","abnormal_cause":7}"#.to_owned()),
        Just(r#"{"token":"t","expires_in":"9223372036854775807","issued_at":-1}"#.to_owned()),
        Just("\"t\"".to_owned()),
        any::<i64>().prop_map(|n| n.to_string()),
        "[a-zA-Z0-9\u{4e00}-\u{4eff}]{0,8}".prop_map(|text| format!("\"{text}\"")),
    ]
}

fn object() -> impl Strategy<Value = String> {
    const NAMES: &[&str] = &[
        "status",
        "error_code",
        "error_msg",
        "data",
        "token",
        "expires_in",
        "issued_at",
    ];
    // A name may come twice: that is no object of anybody's.
    let field = (proptest::sample::select(NAMES), value());
    proptest::collection::vec(field, 0..5).prop_map(|fields| {
        let fields: Vec<_> = fields.iter().map(|(k, v)| format!("\"{k}\":{v}")).collect();
        format!("{{{}}}", fields.join(","))
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        status in 100u16..1000,
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let body = Bytes::from(body);
        prop_assert!(all(status, &body).iter().all(Result::is_err));
        prop_assert!(read_as(&token_auth(), &RequestToken, status, body).is_err());
    }

    #[test]
    fn any_object_is_read_or_refused(
        status in prop_oneof![Just(200u16), 100u16..1000],
        body in object(),
    ) {
        let accepted = |result: &Result<(), ReplyError>| match result {
            Ok(()) => true,
            Err(error) => {
                assert!(error.to_string().len() < 3000);
                false
            }
        };
        let success = all(status, &body.clone().into()).iter().any(accepted);
        // Success is said by the envelope and by HTTP, or it is none.
        let said = ["true", "error_code", "data"].iter().all(|word| body.contains(word));
        prop_assert!(!success || said && (200..300).contains(&status), "{status} {body}");
        let token = read_as(&token_auth(), &RequestToken, status, body.clone());
        prop_assert!(token.is_err() || body.contains("token"), "{status} {body}");
    }
}
