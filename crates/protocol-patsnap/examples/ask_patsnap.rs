//! One exchange without a network: the request as it would be sent, and canned replies.
//!
//! `cargo run -p jindiao-protocol-patsnap --example ask_patsnap`

use std::error::Error;

use http::Response;
use jindiao_protocol::{Exchange, Timestamp};
use jindiao_protocol_patsnap::{Auth, CompanyReportStatus, Region, TaskState};
use jindiao_signing::patsnap::ApiKey;

/// What PatSnap may say to it: waiting, exported, and calls that come too fast. All with HTTP 200.
const REPLIES: [&str; 3] = [
    r#"{"data":{"job_id":1579434053399035904,"queue_num":3,"job_status":0},
        "status":true,"error_code":0}"#,
    r#"{"data":{"job_id":"1579434053399035904","queue_num":0,"job_status":2,
        "download_url":"https://open.example/a.pdf?Expires=1665926997&Signature=s"},
        "status":true,"error_code":0}"#,
    r#"{"status":false,"error_code":67200002,"error_msg":"too fast"}"#,
];

fn main() -> Result<(), Box<dyn Error>> {
    let auth = Auth::with_api_key(Region::Intl.origin(), ApiKey::new("sk-fake")?);
    let status = CompanyReportStatus {
        job_id: "1579434053399035904".to_owned(),
    };
    let now = Timestamp::from_unix_seconds(1_665_401_397);
    let request = status.request(&auth, now)?;
    println!("{} {}", request.method(), request.uri());
    // The key is marked as sensitive, so that nothing shows it by mistake.
    println!("{:?}", request.headers());

    for body in REPLIES {
        match status.reply(&auth, &Response::new(body.into())) {
            Ok(answer) => match answer.value.state {
                TaskState::Ready { url } => {
                    let link = url.link(now)?;
                    println!("ready: {link}, until {:?}", link.expires());
                }
                other => println!("{other:?}, {:?} in the queue", answer.value.queue),
            },
            Err(error) => println!("{error}; next: {}", error.advice()),
        }
    }
    Ok(())
}
