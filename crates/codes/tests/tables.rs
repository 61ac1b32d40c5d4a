//! The tables are complete, say what they must, and are documented.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use jindiao_codes::{
    Advice, Class, Code, Counted, Document, Info, Outcome, Scope, Vendor, patsnap, qcc, yibeidiao,
};

const QCC: &str = "101 102 103 104 105 106 107 108 109 110 111 112 113 114 115 116 117 118 119 120 \
    121 122 123 124 125 126 199 200 201 202 203 204 205 206 207 208 209 213 214 215 216 218 219 \
    221 222 223 224 299 500";
const PATSNAP: &str = "0 201 401 403 404 10001 67200000 67200001 67200002 67200003 67200004 \
    67200005 67200006 67200007 67200008 67200009 67200012 67200015 67200100 67200101 67200202 \
    67200203 68300004 68300005 68300006 68300007 68300008 68300010 68300013";
const YIBEIDIAO: &str = "000 900 901 902 903 904 905 906";

const CREATE: &str = "radar_ext/createReport";
const QUERY: &str = "radar_ext/getReportInfo";
const IMAGE: &str = "EciImage/GetEciImage";

/// Every entry, endpoint by endpoint.
fn all() -> Vec<&'static Info> {
    let codes = [
        (Vendor::Qcc, QCC),
        (Vendor::Patsnap, PATSNAP),
        (Vendor::Yibeidiao, YIBEIDIAO),
    ];
    let mut all = Vec::new();
    for (vendor, codes) in codes {
        for code in codes.split_whitespace() {
            let parsed = Code::parse(vendor, code);
            all.push(parsed.info().expect(code));
            for endpoint in [CREATE, QUERY] {
                all.extend(
                    parsed
                        .info_at(endpoint)
                        .filter(|info| info.endpoint.is_some()),
                );
            }
        }
    }
    all
}

fn documents(vendor: Vendor) -> &'static [Document] {
    match vendor {
        Vendor::Qcc => &qcc::DOCUMENTS,
        Vendor::Patsnap => &patsnap::DOCUMENTS,
        Vendor::Yibeidiao => &yibeidiao::DOCUMENTS,
        Vendor::Other(_) => &[],
    }
}

#[test]
fn every_documented_code_is_listed_and_no_other() {
    let listed: BTreeSet<&str> = qcc::Known::ALL.iter().map(|it| it.info().code).collect();
    assert_eq!(listed, QCC.split_whitespace().collect());
    let listed: BTreeSet<&str> = patsnap::Known::ALL
        .iter()
        .map(|it| it.info().code)
        .collect();
    assert_eq!(listed, PATSNAP.split_whitespace().collect());
    let listed: BTreeSet<&str> = yibeidiao::Known::ALL
        .iter()
        .map(|it| it.info().code)
        .collect();
    assert_eq!(listed, YIBEIDIAO.split_whitespace().collect());
}

#[test]
fn every_entry_says_what_happened_and_what_to_do_in_both_languages() {
    let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    for info in all() {
        assert!(!info.en.is_empty() && !chinese(info.en), "{info:?}");
        assert!(
            !info.todo_en.is_empty() && !chinese(info.todo_en),
            "{info:?}"
        );
        assert!(chinese(info.zh) && chinese(info.todo_zh), "{info:?}");
        for conflict in info.conflicts {
            assert!(chinese(conflict.zh) && !chinese(conflict.en), "{info:?}");
        }
    }
}

#[test]
fn every_entry_names_documents_that_exist() {
    for info in all() {
        assert!(!info.documents.is_empty(), "{info:?}");
        let cited = info.texts.iter().flat_map(|text| text.documents);
        for id in cited.clone().chain(info.documents) {
            assert!(documents(info.vendor).iter().any(|it| it.id == *id), "{id}");
        }
        for id in cited {
            assert!(info.documents.contains(id), "{info:?}");
        }
    }
}

#[test]
fn contradictions_between_documents_stay_visible() {
    for code in ["104", "105", "108", "110", "112", "125", "208", "223"] {
        let info = qcc::Code::parse(code).info().expect(code);
        assert!(!info.conflicts.is_empty(), "{code}");
    }
    for code in ["67200000", "67200004", "67200005", "67200008", "68300013"] {
        let info = patsnap::Code::parse(code).info().expect(code);
        assert!(!info.conflicts.is_empty(), "{code}");
    }
}

#[test]
fn the_reference_pages_list_every_code() {
    for vendor in Vendor::ALL {
        let path = format!(
            "{}/../../docs/codes/{vendor}.md",
            env!("CARGO_MANIFEST_DIR")
        );
        let page = fs::read_to_string(path).expect("a page");
        for info in all().into_iter().filter(|info| info.vendor == vendor) {
            for part in [
                info.code,
                info.name,
                info.en,
                info.zh,
                info.todo_en,
                info.todo_zh,
            ] {
                assert!(page.contains(part), "{part}");
            }
            for conflict in info.conflicts {
                assert!(
                    page.contains(conflict.en) && page.contains(conflict.zh),
                    "{conflict:?}"
                );
            }
        }
    }
}

#[test]
fn what_to_do_next() {
    fn check(vendor: Vendor, advice: Advice, codes: &str) {
        for code in codes.split_whitespace() {
            assert_eq!(
                Code::parse(vendor, code).advice_at(IMAGE),
                advice,
                "{vendor} {code}"
            );
        }
    }
    use Vendor::{Patsnap, Qcc, Yibeidiao};
    check(Qcc, Advice::Proceed, "200");
    check(Qcc, Advice::Wait, "205");
    check(Qcc, Advice::Retry, "124 199 203 500");
    check(Qcc, Advice::SlowDown, "120 122");
    check(Qcc, Advice::NextDay, "109 116 222");
    check(Qcc, Advice::Cooldown(Duration::from_secs(7200)), "110");
    check(Qcc, Advice::Reauthenticate, "115");
    check(
        Qcc,
        Advice::FixRequest,
        "117 118 125 126 202 204 206 207 209 213 215 216 221 223 224 299",
    );
    check(
        Qcc,
        Advice::FixAccount,
        "101 102 103 104 106 107 108 111 112 113 114 119 121 123 214",
    );
    check(Qcc, Advice::GiveUp, "105 201 208 218 219 31337");
    check(Patsnap, Advice::Proceed, "0");
    check(
        Patsnap,
        Advice::Retry,
        "67200100 68300005 68300006 68300008",
    );
    check(Patsnap, Advice::SlowDown, "67200000 67200001 67200002");
    check(Patsnap, Advice::NextDay, "67200007");
    check(Patsnap, Advice::Reauthenticate, "401 67200009");
    check(
        Patsnap,
        Advice::FixRequest,
        "10001 67200012 68300004 68300007 68300010",
    );
    check(
        Patsnap,
        Advice::FixAccount,
        "403 404 67200101 67200003 67200004 67200005 67200006 67200008 67200015 67200202 67200203",
    );
    check(Patsnap, Advice::GiveUp, "201 68300013 31337");
    check(Yibeidiao, Advice::Proceed, "000");
    check(Yibeidiao, Advice::Retry, "900");
    check(Yibeidiao, Advice::Wait, "902");
    check(Yibeidiao, Advice::FixAccount, "901 903 904 905 906");
}

/// The codes that prove nothing about a charging call are exactly these; success alone is proof
/// that it went through.
#[test]
fn what_a_code_proves_about_a_charge() {
    for info in all() {
        let unclear = match info.vendor {
            Vendor::Qcc => ["199", "203", "205", "500"].as_slice(),
            Vendor::Patsnap => &[
                "201", "67200000", "67200100", "68300005", "68300006", "68300008",
            ],
            Vendor::Yibeidiao => &["900", "902"],
            Vendor::Other(_) => &[],
        };
        let expect = if unclear.contains(&info.code) {
            Outcome::Unclear
        } else if info.name == "success" {
            Outcome::Done
        } else {
            Outcome::NothingDone
        };
        assert_eq!(info.outcome, expect, "{info:?}");
    }
    for vendor in Vendor::ALL {
        assert_eq!(
            Code::parse(vendor, "31337").outcome_at(CREATE),
            Outcome::Unclear
        );
    }
}

#[test]
fn only_qcc_classifies_and_nothing_claims_to_know_what_is_paid() {
    for info in all() {
        match (info.vendor, info.class) {
            (Vendor::Qcc, Some(Class::Valid)) => assert_eq!(info.counted, Counted::Likely),
            (Vendor::Qcc, Some(Class::Invalid)) => assert_eq!(info.counted, Counted::Unlikely),
            (Vendor::Qcc, None) => assert_eq!(info.counted, Counted::Unknown),
            (_, class) => assert_eq!(class, None, "{info:?}"),
        }
        assert!(
            !matches!(info.counted, Counted::Yes | Counted::No),
            "{info:?}"
        );
    }
}

#[test]
fn radar_ext_gives_two_codes_other_meanings() {
    fn check(code: &str, endpoint: &str, name: &str, scope: Scope, advice: Advice) {
        let code = Code::parse(Vendor::Qcc, code);
        let info = code.info_at(endpoint).expect("listed");
        assert_eq!(
            (info.name, info.scope, info.advice),
            (name, scope, advice),
            "{endpoint}"
        );
        assert_eq!(code.scope_at(endpoint), scope);
    }
    check(
        "201",
        CREATE,
        "no_risk_change",
        Scope::Subject,
        Advice::GiveUp,
    );
    check(
        "201",
        &CREATE.to_ascii_lowercase(),
        "no_risk_change",
        Scope::Subject,
        Advice::GiveUp,
    );
    check(
        "201",
        QUERY,
        "order_number_invalid",
        Scope::Subject,
        Advice::GiveUp,
    );
    check("201", IMAGE, "no_result", Scope::Subject, Advice::GiveUp);
    check("500", CREATE, "logic_error", Scope::Endpoint, Advice::Retry);
    check("500", QUERY, "logic_error", Scope::Endpoint, Advice::Retry);
    assert_eq!(
        Code::parse(Vendor::Qcc, "500")
            .info_at(CREATE)
            .expect("listed")
            .endpoint,
        Some(CREATE)
    );
    assert_eq!(
        Code::parse(Vendor::Qcc, "101")
            .info_at(CREATE)
            .expect("listed")
            .endpoint,
        None
    );
}

#[test]
fn repeated_failures_are_the_subjects_own() {
    let info = qcc::Code::REPEATED_FAILURES.info().expect("listed");
    assert_eq!(info.scope, Scope::Subject);
}
