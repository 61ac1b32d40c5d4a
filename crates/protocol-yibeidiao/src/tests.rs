//! What holds for every reply.

use bytes::Bytes;
use http::Response;
use jindiao_protocol::{Code, Exchange, RawLink, ReplyError, ReplyErrorKind};
use jindiao_signing::yibeidiao::{Ts, sign};
use proptest::prelude::*;

use crate::testing::{
    KEY, NOW, SEQ, TOKEN, TS, URL, auth, auth_of, envelope, generate, read, read_as, signed,
};
use crate::{GenerateTempReport, LINK_LIFE, Seq, TempReport};

/// An envelope without a sign.
fn unsigned(code: &str) -> String {
    envelope(code, KEY, SEQ, TS, "", r#""{}""#)
}

fn check(status: u16, body: &str, kind: ReplyErrorKind, code: Option<&str>) -> ReplyError {
    let error = read(status, body.to_owned()).expect_err(body);
    assert_eq!(error.kind(), kind, "{status} {body}");
    assert_eq!(error.code().map(Code::as_str), code, "{body}");
    assert_eq!(error.receipt().serial.as_deref(), Some(SEQ), "{body}");
    error
}

#[test]
fn the_published_reply_verifies_in_both_cases() {
    let lower = "49f10f06240237c7710ed617758f9b3c";
    for sign in [lower, &lower.to_uppercase()] {
        let body = envelope("\"000\"", KEY, SEQ, TS, sign, &format!("\"{URL}\""));
        let answer = read(200, body).expect("an answer");
        assert!(matches!(answer.value, TempReport::Ready { .. }));
        assert_eq!(answer.receipt.serial.as_deref(), Some(SEQ));
    }
}

#[test]
fn the_published_reply_that_does_not_verify() {
    // The samples of ShowDoc 1873739988592287.
    let seq = Seq::new("S11223344").expect("a seq");
    let generate = GenerateTempReport { seq, ..generate() };
    let read = |body: &str| {
        let response = Response::new(Bytes::from(body.to_owned()));
        generate.reply(&auth(), &response).expect_err("an error")
    };
    let normal = r#"{"code":"900","key":"CF6BF781AB82FEF5BFDF96B054ECEB15","seq":"S11223344",
        "sign":"004886C69F8F33AEC99D035949CD7E3B","ts":"20190315104150","msg":"{}"}"#;
    assert_eq!(read(normal).kind(), ReplyErrorKind::Tampered);
    let by_the_rule = normal.replace(
        "004886C69F8F33AEC99D035949CD7E3B",
        "D0106C62CC0C2318F72317B1E66A7737",
    );
    assert_eq!(read(&by_the_rule).kind(), ReplyErrorKind::Refused);
    let abnormal = r#"{"code":"906","key":"CF6BF781AB82FEF5BFDF96B054ECEB15","seq":"S11223344",
        "sign":"","ts":"20190415104150","msg":"{}"}"#;
    let error = read(abnormal);
    assert_eq!(error.kind(), ReplyErrorKind::Refused);
    assert_eq!(error.code().map(Code::as_str), Some("906"));
    assert_eq!(error.vendor_text(), None);
}

#[test]
fn only_a_failed_pre_check_may_go_unsigned() {
    for code in 901..=906 {
        let text = code.to_string();
        check(200, &unsigned(&text), ReplyErrorKind::Refused, Some(&text));
        let quoted = format!("\"{code}\"");
        check(
            200,
            &unsigned(&quoted),
            ReplyErrorKind::Refused,
            Some(&text),
        );
        check(
            403,
            &unsigned(&quoted),
            ReplyErrorKind::Refused,
            Some(&text),
        );
        // Headers that were not understood need not be repeated.
        let bare = format!(r#"{{"code":"{code}"}}"#);
        check(200, &bare, ReplyErrorKind::Refused, Some(&text));
        let nulls = format!(r#"{{"code":"{code}","key":null,"seq":null,"sign":null}}"#);
        check(200, &nulls, ReplyErrorKind::Refused, Some(&text));
        check(
            200,
            &signed(&quoted, "\"{}\""),
            ReplyErrorKind::Refused,
            Some(&text),
        );
    }
    for code in ["000", "900", "899", "907", "9010", "x"] {
        let body = unsigned(&format!("\"{code}\""));
        check(200, &body, ReplyErrorKind::Tampered, Some(code));
    }
}

#[test]
fn a_reply_to_somebody_else_is_not_ours() {
    let tampered =
        |body: String, code: &str| check(200, &body, ReplyErrorKind::Tampered, Some(code));
    let other_key = KEY.replace('C', "D");
    let sign = "49f10f06240237c7710ed617758f9b3c";
    tampered(
        envelope("\"000\"", &other_key, SEQ, TS, sign, "\"\""),
        "000",
    );
    tampered(envelope("\"000\"", KEY, "s1", TS, sign, "\"\""), "000");
    tampered(envelope("\"000\"", "", SEQ, TS, sign, "\"\""), "000");
    tampered(envelope("\"000\"", KEY, "", TS, sign, "\"\""), "000");
    // Seq is ours to the letter.
    tampered(
        envelope("\"000\"", KEY, &SEQ.to_uppercase(), TS, sign, "\"\""),
        "000",
    );
    tampered(
        envelope("\"000\"", KEY, SEQ, "20190415110911", sign, "\"\""),
        "000",
    );
    tampered(envelope("\"000\"", KEY, SEQ, "", sign, "\"\""), "000");
    tampered(envelope("\"000\"", KEY, SEQ, TS, &sign[1..], "\"\""), "000");
    tampered(envelope("\"901\"", KEY, SEQ, TS, &sign[1..], "\"\""), "901");
    tampered(envelope("\"901\"", &other_key, SEQ, TS, "", "\"\""), "901");
    tampered(envelope("\"902\"", KEY, "s1", TS, "", "\"\""), "902");
}

/// A sign for `seq` and `ts`, by the account's own token.
fn sign_of(seq: &str, ts: &str) -> String {
    let ts = Ts::parse(ts).expect("a ts");
    sign(&auth().key, &ts, seq, &auth().token)
        .as_str()
        .to_owned()
}

#[test]
fn a_forged_reply_says_what_did_not_match_and_no_value() {
    let other_key = KEY.replace('C', "D");
    let good = sign_of(SEQ, TS);
    let replayed = sign_of("s20190415110899", TS);
    let check = |body: String, what: &str| {
        let error = check(200, &body, ReplyErrorKind::Tampered, Some("000"));
        let text = error.to_string();
        assert!(error.is_tampering() && text.contains(what), "{text}");
        assert!(text.contains("tampered"), "{text}");
        // What its code means is not said: it may be forged, too.
        assert!(!text.contains("succeeded"), "{text}");
        for value in [
            KEY,
            TOKEN,
            SEQ,
            TS,
            URL,
            &other_key,
            &good,
            &replayed,
            "s20190415110899",
        ] {
            assert!(!text.contains(value), "{text}");
        }
    };
    let msg = format!("\"{URL}\"");
    let body = |key: &str, seq: &str, sign: &str| envelope("\"000\"", key, seq, TS, sign, &msg);
    check(body(&other_key, SEQ, &good), "the key");
    check(body("", SEQ, &good), "the key");
    check(body(KEY, "s20190415110899", &good), "the seq");
    // The answer to an earlier question, as it was, and with our seq put into it.
    check(body(KEY, "s20190415110899", &replayed), "the seq");
    check(body(KEY, SEQ, &replayed), "its sign");
    check(
        body(KEY, SEQ, &good.replace(&good[..4], "0000")),
        "its sign",
    );
    check(body(KEY, SEQ, ""), "not signed");
    check(
        body(KEY, SEQ, &good).replace("\"sign\"", "\"nothing\""),
        "not signed",
    );
    check(
        body(KEY, SEQ, &good).replace("\"seq\"", "\"nothing\""),
        "the seq",
    );
    check(
        body(KEY, SEQ, &good).replace("\"key\"", "\"nothing\""),
        "the key",
    );
    check(
        body(KEY, SEQ, &good).replace("\"ts\"", "\"nothing\""),
        "its sign",
    );
}

/// This is no wish, it is what the vendor's rule leaves open; the crate's documentation says so.
#[test]
fn what_the_signature_of_a_reply_does_not_cover() {
    let other = "https://elsewhere.test/other.pdf";
    let is_taken = |body: String, url: &str| {
        let value = read(200, body).expect("an answer").value;
        let url = RawLink::new(url, Some(LINK_LIFE));
        assert_eq!(value, TempReport::Ready { url });
    };
    // The payload, and the code: a signed failure can be made a success.
    let whole = signed("\"900\"", &format!("\"{URL}\""));
    is_taken(
        whole.replace("\"900\"", "\"000\"").replace(URL, other),
        other,
    );
    // The time: no document says how far it may be, and `seq` is ours and new.
    for ts in ["19700101080000", "20991231235959"] {
        let msg = format!("\"{URL}\"");
        is_taken(
            envelope("\"000\"", KEY, SEQ, ts, &sign_of(SEQ, ts), &msg),
            URL,
        );
    }
    // The request's own headers are a signed reply to it.
    let request = generate().request(&auth(), NOW).expect("a request");
    let header = |name: &str| request.headers()[name].to_str().expect("ASCII");
    let msg = format!("\"{other}\"");
    let mirrored = envelope("\"000\"", KEY, SEQ, header("ts"), header("sign"), &msg);
    is_taken(mirrored, other);
    // What says that it failed before the signature was checked need not be signed.
    check(
        200,
        r#"{"code":"905"}"#,
        ReplyErrorKind::Refused,
        Some("905"),
    );
}

#[test]
fn keys_are_independent_of_case_and_digests_are_not() {
    let sign = "49f10f06240237c7710ed617758f9b3c";
    let body = envelope("\"000\"", &KEY.to_lowercase(), SEQ, TS, sign, "\"\"");
    assert!(read(200, body).is_ok());

    let lower = auth_of(KEY, &TOKEN.to_lowercase());
    let error = read_as(&lower, 200, signed("\"000\"", "\"\"")).expect_err("other digests");
    assert_eq!(error.kind(), ReplyErrorKind::Tampered);
    assert!(error.to_string().contains("upper case"), "{error}");
    let error = read(200, envelope("\"000\"", KEY, SEQ, TS, "00", "\"\"")).expect_err("a sign");
    assert!(!error.to_string().contains("upper case"), "{error}");
}

#[test]
fn a_signed_failure_is_a_refusal_known_or_not() {
    let check = |code: &str, expect: &str| {
        check(
            200,
            &signed(code, "\"{}\""),
            ReplyErrorKind::Refused,
            Some(expect),
        );
        check(
            500,
            &signed(code, "\"{}\""),
            ReplyErrorKind::Refused,
            Some(expect),
        );
    };
    check("\"900\"", "900");
    check("900", "900");
    check("\"777\"", "777");
    check("\"E1\"", "E1");
    check("\"00\"", "00");
}

#[test]
fn success_may_have_lost_its_zeros() {
    for code in ["\"000\"", "0", "\"0\""] {
        assert!(read(200, signed(code, "\"\"")).is_ok(), "{code}");
    }
}

#[test]
fn words_in_a_refusal_are_kept() {
    let words = |msg: &str| {
        let error = read(200, signed("\"900\"", msg)).expect_err(msg);
        error.vendor_text().map(str::to_owned)
    };
    assert_eq!(words("\"系统 繁忙\""), Some("系统 繁忙".to_owned()));
    for nothing in ["\"{}\"", "{}", "null", "\"\"", r#"{"a":1}"#] {
        assert_eq!(words(nothing), None, "{nothing}");
    }
}

#[test]
fn a_success_under_a_failure_is_none() {
    let body = signed("\"000\"", &format!("\"{URL}\""));
    for status in [302, 404, 500] {
        check(status, &body, ReplyErrorKind::Unreadable, Some("000"));
    }
    assert!(read(201, body).is_ok());
}

#[test]
fn what_is_no_envelope() {
    for body in [
        "",
        "<html>",
        "null",
        "{}",
        "[]",
        r#"["000"]"#,
        r#"{"code":null,"sign":"x"}"#,
        r#"{"code":"","sign":"x"}"#,
        r#"{"code":"000","key":"K"#,
        // A gateway's page, which has a code, too.
        r#"{"code":404,"msg":"not found"}"#,
        r#"{"code":"000","msg":"https://h/a.pdf"}"#,
    ] {
        check(200, body, ReplyErrorKind::Unreadable, None);
        check(404, body, ReplyErrorKind::Http, None);
    }
}

#[test]
fn credentials_stay_out_of_everything_that_is_shown() {
    let shown = format!("{:?}", auth());
    assert!(!shown.contains(KEY) && !shown.contains(TOKEN), "{shown}");

    let request = generate().request(&auth(), NOW).expect("a request");
    let sign = request.headers()["sign"]
        .to_str()
        .expect("digits")
        .to_owned();
    let echo = format!("{KEY} {} {sign}", TOKEN.to_lowercase());
    for body in [
        signed("\"900\"", &format!("\"{echo}\"")),
        signed(&format!("\"{TOKEN}\""), "\"\""),
        signed("\"000\"", &format!("\"{echo}\"")),
        unsigned("\"901\"").replace("\"{}\"", &format!("\"{echo}\"")),
        echo.clone(),
    ] {
        let error = read(200, body).expect_err("an error");
        let shown = format!("{error} {error:?}").to_uppercase();
        for secret in [KEY, TOKEN, sign.as_str()] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
    let shown = format!("{:?} {:?}", request.headers(), generate());
    for secret in [KEY, TOKEN, sign.as_str(), "20190415152645093983751"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

/// A JSON value that a vendor might write where another one is expected.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("null".to_owned()),
        Just("\"\"".to_owned()),
        Just("{}".to_owned()),
        Just("[]".to_owned()),
        Just("true".to_owned()),
        Just("\"000\"".to_owned()),
        Just("0".to_owned()),
        Just("901".to_owned()),
        Just(format!("\"{KEY}\"")),
        Just(format!("\"{SEQ}\"")),
        Just(format!("\"{TS}\"")),
        Just("\"https://h/a.pdf\"".to_owned()),
        any::<i64>().prop_map(|n| n.to_string()),
        "[a-zA-Z0-9\u{4e00}-\u{4eff}]{0,8}".prop_map(|text| format!("\"{text}\"")),
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_refused(
        status in 100u16..1000,
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        prop_assert!(read(status, body).is_err());
    }

    #[test]
    fn nothing_unsigned_is_a_success(
        status in prop_oneof![Just(200u16), 100u16..1000],
        values in proptest::array::uniform6(value()),
    ) {
        let [code, key, seq, ts, sign, msg] = values;
        let body = format!(
            r#"{{"code":{code},"key":{key},"seq":{seq},"ts":{ts},"sign":{sign},"msg":{msg}}}"#
        );
        let error = read(status, body).expect_err("no sign");
        prop_assert!(error.to_string().len() < 3000);
    }

    #[test]
    fn any_signed_reply_is_read_or_refused(
        status in prop_oneof![Just(200u16), 100u16..1000],
        code in prop_oneof![Just("\"000\"".to_owned()), value()],
        msg in value(),
    ) {
        match read(status, signed(&code, &msg)) {
            Ok(_) => prop_assert!((200..300).contains(&status)),
            Err(error) => prop_assert!(error.kind() != ReplyErrorKind::Tampered),
        }
    }

    #[test]
    fn a_changed_digit_is_found(at in 0usize..32, digit in "[0-9A-F]") {
        let good = "49F10F06240237C7710ED617758F9B3C";
        let mut sign = good.to_owned();
        sign.replace_range(at..=at, &digit);
        let body = envelope("\"000\"", KEY, SEQ, TS, &sign, "\"\"");
        prop_assert_eq!(read(200, body).is_ok(), sign == good);
    }
}
