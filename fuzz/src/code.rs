//! Status codes.

use jindiao_codes::{Advice, Code, Vendor, patsnap, qcc, yibeidiao};

/// Any text as a status code: the first line is the code, the second the operation that answered
/// it.
pub fn code(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (text, endpoint) = text.split_once('\n').unwrap_or((text, ""));
    for vendor in Vendor::ALL {
        let code = Code::parse(vendor, text);
        assert_eq!(code.vendor(), vendor);
        assert_eq!(Code::parse(vendor, code.as_str()), code);
        assert_eq!(code.as_str(), code.as_str().trim());
        let written = serde_json::to_string(&code).expect("JSON");
        let read: Code = serde_json::from_str(&written).expect("what was written");
        assert_eq!(read, code);
        let _ = format!("{code} {code:?}");

        match code.info() {
            Some(info) => {
                assert_eq!((info.vendor, info.code), (vendor, code.as_str()));
                let there = code.info_at(endpoint).expect("listed anywhere");
                assert_eq!((there.vendor, there.code), (vendor, info.code));
                assert_eq!(code.advice_at(endpoint), there.advice);
                assert_eq!(code.outcome_at(endpoint), there.outcome);
            }
            None => {
                assert!(!code.is_success() && code.info_at(endpoint).is_none());
                assert_eq!(code.as_str(), text.trim());
                assert_eq!(code.advice_at(endpoint), Advice::GiveUp);
            }
        }
        let _ = (code.scope_at(endpoint), code.counted_at(endpoint));
        let is_known = match &code {
            Code::Qcc(code) => code.known().map(qcc::Code::from).as_ref() == Some(code),
            Code::Patsnap(code) => code.known().map(patsnap::Code::from).as_ref() == Some(code),
            Code::Yibeidiao(code) => code.known().map(yibeidiao::Code::from).as_ref() == Some(code),
            Code::Other(code) => unreachable!("{code:?} is in no table of ours"),
        };
        assert_eq!(is_known, code.info().is_some());
    }

    if let Ok(advice) = text.parse::<Advice>() {
        assert_eq!(advice.text().parse(), Ok(advice));
        let _ = format!("{advice} {}", advice.zh());
    }
    if let Ok(vendor) = text.parse::<Vendor>() {
        assert_eq!(vendor.id().parse(), Ok(vendor));
    }
}
