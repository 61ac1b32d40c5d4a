//! One exchange without a network: the request as it would be sent, and canned replies.
//!
//! `cargo run -p jindiao-protocol-qcc --example ask_qcc`

use std::error::Error;

use http::Response;
use jindiao_protocol::{Exchange, Timestamp};
use jindiao_protocol_qcc::{Auth, GetReportInfo, ORIGIN, ReportInfo};
use jindiao_signing::qcc::{AppKey, SecretKey};

/// What QCC may say to it: being made, there, and too little money for another call.
const REPLIES: [&str; 3] = [
    r#"{"status":"200","msg":"查询成功","result":{"reportStatus":"P","reportUrl":null}}"#,
    r#"{"status":200,"msg":"查询成功","result":{"reportStatus":"S",
        "reportUrl":"https://pro-files.example/a.zip?Expires=1708137472&Signature=s"}}"#,
    r#"{"Status":"112","Message":"【无效请求】您的账号剩余使用量已不足或已过期","Result":null}"#,
];

fn main() -> Result<(), Box<dyn Error>> {
    let auth = Auth::new(
        ORIGIN.parse()?,
        AppKey::new("FAKE-KEY-0001")?,
        SecretKey::new("FAKE-SECRET-0001")?,
    );
    let info = GetReportInfo {
        order_no: "JKDAY-167660123348194027".to_owned(),
    };
    let now = Timestamp::from_unix_seconds(1_676_601_300);
    let request = info.request(&auth, now)?;
    println!("{} {}", request.method(), request.uri());
    // The token is marked as sensitive, so that nothing shows it by mistake.
    println!("{:?}", request.headers());

    for body in REPLIES {
        match info.reply(&auth, &Response::new(body.into())) {
            Ok(answer) => match answer.value {
                ReportInfo::Pending => println!("being made: ask again later"),
                ReportInfo::Ready { url } => {
                    let link = url.link(now)?;
                    println!("ready: {link}, until {:?}", link.expires());
                }
                other => println!("{other:?}"),
            },
            Err(error) => println!("{error}; next: {}", error.advice()),
        }
    }
    Ok(())
}
