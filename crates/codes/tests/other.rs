//! Vendors whose tables somebody else brings along.

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use jindiao_codes::{Advice, Code, Counted, Info, OtherVendor, Outcome, Scope, Vendor};

static ACME: OtherVendor = OtherVendor::new("acme", "虚构", "OK", || &CODES);
const VENDOR: Vendor = Vendor::Other(&ACME);
static CODES: [Info; 2] = [
    Info::new(
        VENDOR,
        "E1",
        "no_money",
        Advice::FixAccount,
        Outcome::NothingDone,
        "No money is left.",
        "余额不足。",
    )
    .with_scope(Scope::Account)
    .with_counted(Counted::No)
    .with_todo("Top up.", "请充值。"),
    Info::new(
        VENDOR,
        "E1",
        "no_such_report",
        Advice::GiveUp,
        Outcome::Unclear,
        "There is no such report.",
        "报告不存在。",
    )
    .at("reports/state"),
];

#[test]
fn a_table_from_outside_is_read_like_ours() {
    let code = Code::parse(VENDOR, " E1 ");
    assert_eq!((code.vendor(), code.as_str()), (VENDOR, "E1"));
    assert_eq!(VENDOR.zh(), "虚构");
    assert_eq!(format!("{code} {code:?}"), "acme E1 Code(acme/\"E1\")");
    let Code::Other(own) = &code else {
        unreachable!("a code of {VENDOR}")
    };
    assert_eq!(format!("{own:?}"), "OtherCode(acme/\"E1\")");
    let info = code.info().expect("listed");
    assert_eq!(info.name, "no_money");
    assert_eq!((info.todo_en, info.todo_zh), ("Top up.", "请充值。"));
    assert_eq!(code.scope_at("reports/order"), Scope::Account);
    assert_eq!(code.counted_at("reports/order"), Counted::No);
    assert_eq!(code.outcome_at("reports/order"), Outcome::NothingDone);
    assert_eq!(code.outcome_at("Reports/State"), Outcome::Unclear);
    assert!(!code.is_success() && Code::parse(VENDOR, "OK").is_success());
}

#[test]
fn what_it_does_not_list_proves_nothing() {
    let code = Code::parse(VENDOR, "e1");
    assert_eq!(code.info(), None);
    assert_eq!(code.advice_at("reports/order"), Advice::GiveUp);
    assert_eq!(code.outcome_at("reports/order"), Outcome::Unclear);
}

#[test]
fn two_are_the_same_by_their_id() {
    static AGAIN: OtherVendor = OtherVendor::new("acme", "", "", || &[]);
    static OTHER: OtherVendor = OtherVendor::new("bcme", "", "", || &[]);
    assert_eq!(VENDOR, Vendor::Other(&AGAIN));
    assert_ne!(VENDOR, Vendor::Other(&OTHER));
    assert!(VENDOR < Vendor::Other(&OTHER) && Vendor::Yibeidiao < VENDOR);
    let hash = |vendor| BuildHasherDefault::<DefaultHasher>::default().hash_one(vendor);
    assert_eq!(hash(VENDOR), hash(Vendor::Other(&AGAIN)));
    assert_ne!(hash(VENDOR), hash(Vendor::Other(&OTHER)));
    assert_eq!(
        format!("{VENDOR} {VENDOR:?}"),
        "acme Other(OtherVendor(\"acme\"))"
    );
    assert!("acme".parse::<Vendor>().is_err());
    assert!(!Vendor::ALL.contains(&VENDOR));
}
