//! Replies of QCC.

use jindiao_protocol::{Exchange as _, Period};
use jindiao_protocol_qcc::{Auth, CreateReport, GetEciImage, GetReportInfo, ORIGIN, ReportInfo};
use jindiao_signing::qcc::{AppKey, SecretKey};

use crate::reply::{NOW, assert_link, assert_reference, assert_shown, read, response};

const KEY: &str = "CANARY-KEY-7Q";
const SECRET: &str = "CANARY-SECRET-7Q";
const ORDER_NO: &str = "JKDAY-167660123348194027";

/// Any bytes as QCC's reply to each of its exchanges.
pub fn qcc_reply(data: &[u8]) {
    let Some(response) = response(data) else {
        return;
    };
    let auth = Auth::new(
        ORIGIN.parse().expect("an origin"),
        AppKey::new(KEY).expect("a key"),
        SecretKey::new(SECRET).expect("a secret"),
    );
    let secrets = [KEY, SECRET];

    let image = GetEciImage {
        key_word: "某某科技有限公司".to_owned(),
    };
    if let Some(url) = read(&image, &auth, &secrets, &response) {
        assert_link(&url);
    }

    let create = CreateReport {
        period: Period::Day,
    };
    if let Some(report) = read(&create, &auth, &secrets, &response) {
        assert_reference(&report.order_no);
        let info = GetReportInfo {
            order_no: report.order_no,
        };
        assert!(info.request(&auth, NOW).is_ok(), "{info:?}");
        let _ = read(&info, &auth, &secrets, &response);
    }

    let info = GetReportInfo {
        order_no: ORDER_NO.to_owned(),
    };
    match read(&info, &auth, &secrets, &response) {
        Some(ReportInfo::Ready { url }) => assert_link(&url),
        Some(ReportInfo::Unknown(state)) => assert_shown(&state, &secrets),
        _ => {}
    }
}
