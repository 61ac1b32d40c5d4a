//! Replies of Yibeidiao.

use jindiao_protocol_yibeidiao::{Auth, GenerateTempReport, ORIGIN, Seq, TempReport};
use jindiao_signing::yibeidiao::{CompanyKey, Token, Ts, sign};

use crate::reply::{assert_link, read, response};

/// The vendor's published credentials (ShowDoc 1865243955181250).
const KEY: &str = "CF6BF781AB82FEF5BFDF96B054ECEB15";
const TOKEN: &str = "8FD2867925098ECFA5DC1DB15B5A3E79";
const SEQ: &str = "s20190415110900";
const TS: &str = "20190415110910";
/// What stands in the bytes for the digest that no fuzzer finds.
const SIGN: &[u8] = b"$SIGN";

/// Any bytes as Yibeidiao's reply. `$SIGN` in them is the right signature for the sample's time.
pub fn yibeidiao_reply(data: &[u8]) {
    let auth = Auth::new(
        ORIGIN.parse().expect("an origin"),
        CompanyKey::new(KEY).expect("a key"),
        Token::new(TOKEN).expect("a token"),
    );
    let ts = Ts::parse(TS).expect("a time");
    let sign = sign(&auth.key, &ts, SEQ, &auth.token);
    let signed = replaced(data, SIGN, sign.as_str().as_bytes());
    let Some(response) = response(&signed) else {
        return;
    };

    let generate = GenerateTempReport {
        record_no: "20190415152645093983751".parse().expect("a record"),
        seq: Seq::new(SEQ).expect("a seq"),
    };
    let report = read(&generate, &auth, &[KEY, TOKEN], &response);
    if report.is_some() {
        let body = String::from_utf8_lossy(response.body()).to_ascii_uppercase();
        // JSON may write the digits of a digest as escapes.
        assert!(
            body.contains(sign.as_str()) || body.contains("\\U"),
            "success without a signature"
        );
    }
    if let Some(TempReport::Ready { url }) = report {
        assert_link(&url);
    }
}

/// `data` with the first `from` replaced.
fn replaced(data: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    match data.windows(from.len()).position(|window| window == from) {
        Some(at) => [&data[..at], to, &data[at + from.len()..]].concat(),
        None => data.to_vec(),
    }
}
