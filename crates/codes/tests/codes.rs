//! Parsing, matching and writing codes.

use std::time::Duration;

use jindiao_codes::{
    Advice, Class, Code, Counted, Outcome, Scope, Vendor, patsnap, qcc, yibeidiao,
};
use proptest::prelude::*;

fn vendors() -> impl Strategy<Value = Vendor> {
    prop::sample::select(Vendor::ALL.to_vec())
}

#[test]
fn consts_work_in_match() {
    fn qcc(text: &str) -> &'static str {
        match qcc::Code::parse(text) {
            qcc::Code::SUCCESS => "success",
            qcc::Code::PENDING | qcc::Code::MAINTENANCE => "later",
            _ => "other",
        }
    }
    assert_eq!(
        ["200", "205", "124", "101", "x"].map(qcc),
        ["success", "later", "later", "other", "other"]
    );

    let by_reference = |code: &Code| match code {
        Code::Patsnap(patsnap::Code::RATE_LIMIT) => 1,
        Code::Yibeidiao(yibeidiao::Code::ALREADY_ARRIVED) => 2,
        _ => 3,
    };
    assert_eq!(by_reference(&Code::parse(Vendor::Patsnap, "67200002")), 1);
    assert_eq!(by_reference(&Code::parse(Vendor::Yibeidiao, "902")), 2);
    assert_eq!(by_reference(&Code::parse(Vendor::Qcc, "902")), 3);
}

#[test]
fn every_const_is_the_code_that_its_text_parses_to() {
    for known in qcc::Known::ALL {
        let code = qcc::Code::from(known);
        assert_eq!(qcc::Code::parse(code.as_str()), code);
        assert_eq!(
            (code.known(), code.info()),
            (Some(known), Some(known.info()))
        );
    }
    for known in patsnap::Known::ALL {
        let code = patsnap::Code::from(known);
        assert_eq!(patsnap::Code::parse(code.as_str()), code);
        assert_eq!(
            (code.known(), code.info()),
            (Some(known), Some(known.info()))
        );
    }
    for known in yibeidiao::Known::ALL {
        let code = yibeidiao::Code::from(known);
        assert_eq!(yibeidiao::Code::parse(code.as_str()), code);
        assert_eq!(
            (code.known(), code.info()),
            (Some(known), Some(known.info()))
        );
    }
}

#[test]
fn known_is_an_enum_to_match_on() {
    let code = patsnap::Code::parse("67200203");
    assert!(matches!(
        code.known(),
        Some(patsnap::Known::EndpointNotBought)
    ));
    assert_eq!(code, patsnap::Code::ENDPOINT_NOT_BOUGHT);
}

#[test]
fn success_is_one_code_per_vendor() {
    let success = |vendor, text: &str| Code::parse(vendor, text).is_success();
    assert!(success(Vendor::Qcc, " 200\n"));
    assert!(success(Vendor::Patsnap, "0"));
    assert!(success(Vendor::Yibeidiao, "000"));
    for (vendor, text) in [
        (Vendor::Qcc, "0"),
        (Vendor::Patsnap, "200"),
        (Vendor::Patsnap, "000"),
        (Vendor::Qcc, ""),
    ] {
        assert!(!success(vendor, text), "{vendor} {text}");
    }
}

/// A JSON number has no leading zeros: a `0` can only be Yibeidiao's `000`.
#[test]
fn yibeidiaos_success_may_have_lost_its_zeros() {
    assert_eq!(yibeidiao::Code::parse("0"), yibeidiao::Code::SUCCESS);
    assert_eq!(yibeidiao::Code::parse("0").as_str(), "000");
    for text in ["00", "0000", "-0", "0.0"] {
        assert_eq!(yibeidiao::Code::parse(text).known(), None, "{text}");
    }
}

#[test]
fn codes_are_shown_with_their_vendor() {
    let code = Code::parse(Vendor::Qcc, "110");
    assert_eq!(code.to_string(), "qcc 110");
    assert_eq!(format!("{code:?}"), "Code(qcc/\"110\")");
    // A hostile text cannot break the line of a log that shows codes with Debug.
    assert!(!format!("{:?}", Code::parse(Vendor::Qcc, "1\n2")).contains('\n'));
}

#[test]
fn an_unknown_code_is_taken_for_the_worst() {
    let code = Code::parse(Vendor::Qcc, "31337");
    assert_eq!(code.info(), None);
    assert_eq!(code.advice_at("x"), Advice::GiveUp);
    assert_eq!(code.outcome_at("x"), Outcome::Unclear);
    assert_eq!(code.scope_at("x"), Scope::Request);
    assert_eq!(code.counted_at("x"), Counted::Unknown);
}

#[test]
fn vendors_are_read_in_any_case() {
    for vendor in Vendor::ALL {
        assert_eq!(vendor.id().to_ascii_uppercase().parse(), Ok(vendor));
        assert_eq!(vendor.to_string(), vendor.id());
    }
    let error = "qichacha".parse::<Vendor>().expect_err("not an id");
    assert!(error.to_string().contains("qcc, patsnap and yibeidiao"));
}

#[test]
fn vendors_have_their_names_in_chinese() {
    assert_eq!(Vendor::ALL.map(Vendor::zh), ["企查查", "智慧芽", "易背调"]);
}

#[test]
fn words_are_read_back_from_their_ids() {
    for it in Scope::ALL {
        assert_eq!(it.as_str().parse(), Ok(*it));
    }
    for it in Class::ALL {
        assert_eq!(it.as_str().parse(), Ok(*it));
    }
    for it in Counted::ALL {
        assert_eq!(it.as_str().parse(), Ok(*it));
    }
    for it in Outcome::ALL {
        assert_eq!(it.as_str().parse(), Ok(*it));
    }
    let error = "everything".parse::<Scope>().expect_err("no scope");
    assert_eq!(error.to_string(), "not a word of this set");
}

#[test]
fn the_text_form_of_advice() {
    fn check(advice: Advice, text: &str) {
        assert_eq!(advice.text(), text);
        assert_eq!(text.parse(), Ok(advice));
    }
    check(Advice::FixAccount, "fix_account");
    check(Advice::NextDay, "next_day");
    check(Advice::Cooldown(Duration::from_secs(7200)), "cooldown 2h");
    check(Advice::Cooldown(Duration::from_secs(90)), "cooldown 90s");
    check(Advice::Cooldown(Duration::from_secs(120)), "cooldown 2m");
    check(Advice::Cooldown(Duration::ZERO), "cooldown 0s");
    for text in [
        "cooldown",
        "cooldown ",
        "cooldown 2d",
        "cooldown 时",
        "cooldown 99999999999999999999h",
        "cooldown 9999999999999999999h",
        "later",
    ] {
        assert!(text.parse::<Advice>().is_err(), "{text}");
    }
}

#[test]
fn advice_is_said_in_both_languages() {
    fn check(advice: Advice, en: &str, zh: &str) {
        assert_eq!((advice.to_string(), advice.zh()), (en.into(), zh.into()));
    }
    check(Advice::FixAccount, "see to the account", "处理账号问题");
    check(
        Advice::Cooldown(Duration::from_secs(7200)),
        "leave this subject alone for 2h",
        "2h 内不要再查询该对象",
    );
}

proptest! {
    #[test]
    fn parsing_never_fails_and_keeps_the_text(vendor in vendors(), text in "\\PC{0,12}|[0-9]{1,9}|\\s[0-9]{3}\\s") {
        let code = Code::parse(vendor, &text);
        prop_assert_eq!(code.vendor(), vendor);
        if code.as_str() != text.trim() {
            prop_assert_eq!((vendor, text.trim(), code.as_str()), (Vendor::Yibeidiao, "0", "000"));
        }
        prop_assert_eq!(&Code::parse(vendor, code.as_str()), &code);
        prop_assert_eq!(code.info().is_some(), code.info_at("anywhere").is_some());
    }

    #[test]
    fn advice_survives_its_text(seconds in 0u64..) {
        let advice = Advice::Cooldown(Duration::from_secs(seconds));
        prop_assert_eq!(advice.text().parse(), Ok(advice));
    }
}

#[cfg(feature = "serde")]
mod serialised {
    use super::*;

    fn check<T>(value: &T, json: &str)
    where
        T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
    {
        assert_eq!(serde_json::to_string(value).expect("json"), json);
        assert_eq!(&serde_json::from_str::<T>(json).expect("a value"), value);
    }

    #[test]
    fn the_wire_forms() {
        check(&Code::parse(Vendor::Qcc, "110"), "\"qcc/110\"");
        check(&Code::parse(Vendor::Yibeidiao, "a/b"), "\"yibeidiao/a/b\"");
        check(&qcc::Code::SUCCESS, "\"200\"");
        check(&patsnap::Code::parse("never seen"), "\"never seen\"");
        check(&yibeidiao::Code::SUCCESS, "\"000\"");
        check(&Vendor::Patsnap, "\"patsnap\"");
        check(
            &Advice::Cooldown(Duration::from_secs(7200)),
            "\"cooldown 2h\"",
        );
        check(&Scope::Platform, "\"platform\"");
        check(&Class::Valid, "\"valid\"");
        check(&Counted::Unlikely, "\"unlikely\"");
        check(&Outcome::NothingDone, "\"nothing_done\"");
    }

    #[test]
    fn what_is_no_code() {
        for json in ["\"110\"", "\"nobody/110\"", "110", "null"] {
            assert!(serde_json::from_str::<Code>(json).is_err(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn codes_survive(vendor in vendors(), text in "\\PC{0,12}|[0-9]{1,9}") {
            let code = Code::parse(vendor, &text);
            let json = serde_json::to_string(&code).expect("json");
            prop_assert_eq!(serde_json::from_str::<Code>(&json).expect("a code"), code);
        }
    }
}
