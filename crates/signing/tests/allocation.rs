//! Signing and verifying touch no heap.

use allocation_counter::measure;
use jindiao_signing::{qcc, yibeidiao};

fn check(signing: impl FnOnce()) {
    assert_eq!(measure(signing).count_total, 0);
}

#[test]
fn the_counter_counts() {
    let counted = measure(|| drop(std::hint::black_box(String::from("on the heap"))));
    assert_eq!(counted.count_total, 1);
}

#[test]
fn qcc_signs_on_the_stack() {
    let key = qcc::AppKey::new("FAKE-KEY-0001").expect("a key");
    let secret = qcc::SecretKey::new("FAKE-SECRET-0001").expect("a secret");
    check(|| {
        let signature = qcc::sign(&key, &secret, 1_700_000_000);
        let (token, timespan) = (signature.token.as_str(), signature.timespan.as_str());
        assert!(qcc::verify(&key, timespan, &secret, token));
    });
}

#[test]
fn yibeidiao_signs_on_the_stack() {
    let key = yibeidiao::CompanyKey::new("FAKE-KEY-0001").expect("a key");
    let token = yibeidiao::Token::new("FAKE-TOKEN-0001").expect("a token");
    check(|| {
        let ts = yibeidiao::Ts::from_unix_seconds(1_700_000_000);
        let sign = yibeidiao::sign(&key, &ts, "S1", &token);
        assert!(yibeidiao::verify(
            &key,
            ts.as_str(),
            "S1",
            &token,
            sign.as_str()
        ));
    });
}
