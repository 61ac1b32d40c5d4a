//! One exchange without a network: the request as it would be sent, and canned replies.
//!
//! `cargo run -p jindiao-protocol-yibeidiao --example ask_yibeidiao`

use std::error::Error;

use http::Response;
use jindiao_protocol::{Exchange, Timestamp};
use jindiao_protocol_yibeidiao::{Auth, GenerateTempReport, ORIGIN, Seq, TempReport};
use jindiao_signing::yibeidiao::{CompanyKey, Token};

/// What Yibeidiao may say to it: there; a signature that is not its own; not signed, which it may
/// be where the time of the request was refused.
const REPLIES: [&str; 3] = [
    r#"{"code":"000","key":"CF6BF781AB82FEF5BFDF96B054ECEB15","seq":"s20190415110900",
        "ts":"20190415110910","sign":"49f10f06240237c7710ed617758f9b3c",
        "msg":"https://res.yibeidiao.com/survey-result/a.pdf?Expires=1555384438"}"#,
    r#"{"code":"000","key":"CF6BF781AB82FEF5BFDF96B054ECEB15","seq":"s20190415110900",
        "ts":"20190415110910","sign":"00000000000000000000000000000000",
        "msg":"https://elsewhere.example/b.pdf"}"#,
    r#"{"code":"903","key":"CF6BF781AB82FEF5BFDF96B054ECEB15","seq":"s20190415110900",
        "ts":"20190415110910","sign":"","msg":"{}"}"#,
];

fn main() -> Result<(), Box<dyn Error>> {
    // The vendor's published credentials (ShowDoc 1865243955181250).
    let auth = Auth::new(
        ORIGIN.parse()?,
        CompanyKey::new("CF6BF781AB82FEF5BFDF96B054ECEB15")?,
        Token::new("8FD2867925098ECFA5DC1DB15B5A3E79")?,
    );
    let generate = GenerateTempReport {
        record_no: "20190415152645093983751".parse()?,
        seq: Seq::new("s20190415110900")?,
    };
    let now = Timestamp::from_unix_seconds(1_555_297_750);
    let request = generate.request(&auth, now)?;
    println!("{} {}", request.method(), request.uri());
    // Key and sign are marked as sensitive, so that nothing shows them by mistake.
    println!("{:?}", request.headers());

    for body in REPLIES {
        match generate.reply(&auth, &Response::new(body.into())) {
            Ok(answer) => match answer.value {
                TempReport::Ready { url } => {
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
