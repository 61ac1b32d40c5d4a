//! Every stage of every vector, so that a failing test says which stage broke.

use jindiao_signing::yibeidiao::Ts;
use jindiao_signing::{patsnap, qcc, yibeidiao};
use md5::{Digest as _, Md5};
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Deserialize)]
struct File<V> {
    vectors: Vec<V>,
}

fn vectors<V: DeserializeOwned>(text: &str) -> Vec<V> {
    let file: File<V> = serde_json::from_str(text).expect("a vector file");
    assert!(!file.vectors.is_empty());
    file.vectors
}

fn md5(message: &str) -> String {
    let mut digits = [0; 32];
    hex::encode_to_slice(Md5::digest(message), &mut digits).expect("32 digits");
    String::from_utf8(digits.to_vec()).expect("ASCII")
}

#[derive(Deserialize)]
struct Qcc {
    name: String,
    key: String,
    unix_seconds: i64,
    timespan: String,
    secret: String,
    message: String,
    md5: String,
    token: String,
}

#[test]
fn qcc_vectors() {
    for v in vectors::<Qcc>(include_str!("../vectors/qcc.json")) {
        let name = &v.name;
        let key = qcc::AppKey::new(v.key.clone()).expect("a key");
        let secret = qcc::SecretKey::new(v.secret.clone()).expect("a secret");
        let signature = qcc::sign(&key, &secret, v.unix_seconds);

        assert_eq!(signature.timespan.as_str(), v.timespan, "{name}: timespan");
        let message = format!("{}{}{}", key.expose(), v.timespan, secret.expose());
        assert_eq!(message, v.message, "{name}: message");
        assert_eq!(md5(&v.message), v.md5, "{name}: md5");
        assert_eq!(v.md5.to_uppercase(), v.token, "{name}: final form");
        assert_eq!(signature.token.as_str(), v.token, "{name}: token");
        assert!(
            qcc::verify(&key, &v.timespan, &secret, &v.md5),
            "{name}: verify"
        );
    }
}

#[derive(Deserialize)]
struct Yibeidiao {
    name: String,
    kind: Kind,
    key: String,
    token: String,
    unix_seconds: i64,
    ts: String,
    seq: String,
    message: String,
    md5: String,
    signed: String,
    sign: String,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Verifies,
    MustNotVerify,
}

#[test]
fn yibeidiao_vectors() {
    for v in vectors::<Yibeidiao>(include_str!("../vectors/yibeidiao.json")) {
        let name = &v.name;
        let key = yibeidiao::CompanyKey::new(v.key.clone()).expect("a key");
        let token = yibeidiao::Token::new(v.token.clone()).expect("a token");
        let ts = Ts::from_unix_seconds(v.unix_seconds);

        assert_eq!(ts.as_str(), v.ts, "{name}: ts");
        let message = format!("{}{}{}{}", key.expose(), v.ts, v.seq, token.expose());
        assert_eq!(message, v.message, "{name}: message");
        assert_eq!(md5(&v.message), v.md5, "{name}: md5");
        assert_eq!(v.md5.to_uppercase(), v.signed, "{name}: final form");
        let sign = yibeidiao::sign(&key, &ts, &v.seq, &token);
        assert_eq!(sign.as_str(), v.signed, "{name}: sign");
        let verified = yibeidiao::verify(&key, &v.ts, &v.seq, &token, &v.sign);
        assert_eq!(verified, v.kind == Kind::Verifies, "{name}: verify");
    }
}

#[derive(Deserialize)]
struct PatSnap {
    name: String,
    client_id: String,
    client_secret: String,
    message: String,
    base64: String,
    authorization: String,
}

#[test]
fn patsnap_vectors() {
    for v in vectors::<PatSnap>(include_str!("../vectors/patsnap.json")) {
        let name = &v.name;
        let id = patsnap::ClientId::new(v.client_id).expect("an id");
        let secret = patsnap::ClientSecret::new(v.client_secret).expect("a secret");

        assert_eq!(
            format!("{}:{}", id.expose(), secret.expose()),
            v.message,
            "{name}: message"
        );
        assert_eq!(
            format!("Basic {}", v.base64),
            v.authorization,
            "{name}: final form"
        );
        assert_eq!(
            patsnap::basic(&id, &secret).expose(),
            v.authorization,
            "{name}: value"
        );
    }
}
