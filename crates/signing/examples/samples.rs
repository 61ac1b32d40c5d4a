//! Signs the values that vendors published, step by step, and compares what comes out with theirs.
//!
//! `cargo run -p jindiao-signing --example samples`

use std::error::Error;

use jindiao_signing::{patsnap, qcc, yibeidiao};

fn main() -> Result<(), Box<dyn Error>> {
    // Yibeidiao prints whole samples, for a request (ShowDoc 1865243955181250) and for a reply
    // (ShowDoc 1900158036953464).
    let key = yibeidiao::CompanyKey::new("CF6BF781AB82FEF5BFDF96B054ECEB15")?;
    let token = yibeidiao::Token::new("8FD2867925098ECFA5DC1DB15B5A3E79")?;
    let ts = yibeidiao::Ts::from_unix_seconds(1_546_412_155);
    let sign = yibeidiao::sign(&key, &ts, "N123456", &token);
    println!("Yibeidiao, a request");
    println!("  ts    {ts}");
    println!("  seq   N123456");
    println!("  sign  {}", sign.as_str());
    same(sign.as_str(), "65F3CB60DDEA32F61A0AA3D06D5AC348")?;

    let published = "49f10f06240237c7710ed617758f9b3c";
    let is_theirs = yibeidiao::verify(&key, "20190415110910", "s20190415110900", &token, published);
    println!("Yibeidiao, a reply\n  sign  {published}, genuine: {is_theirs}");
    if !is_theirs {
        return Err("the published reply does not verify".into());
    }

    // QCC prints the rule and no secret to try it with (QCC-2023); made-up values show the form.
    let key = qcc::AppKey::new("FAKE-KEY-0001")?;
    let secret = qcc::SecretKey::new("FAKE-SECRET-0001")?;
    let signature = qcc::sign(&key, &secret, 1_676_601_233);
    println!("QCC, with made-up credentials");
    println!("  Timespan  {}", signature.timespan.as_str());
    println!("  Token     {}", signature.token.as_str());
    same(signature.token.as_str(), "6D0D6BDD9C029D68A04E29731ABC7E4E")?;

    // PatSnap's is HTTP Basic (PatSnap D6).
    let id = patsnap::ClientId::new("fake-client")?;
    let secret = patsnap::ClientSecret::new("fake-secret")?;
    let header = patsnap::basic(&id, &secret);
    println!("PatSnap, with made-up credentials");
    println!("  Authorization  {}", header.expose());
    same(header.expose(), "Basic ZmFrZS1jbGllbnQ6ZmFrZS1zZWNyZXQ=")
}

fn same(ours: &str, theirs: &str) -> Result<(), Box<dyn Error>> {
    if ours == theirs {
        return Ok(());
    }
    Err(format!("{ours} is not {theirs}").into())
}
