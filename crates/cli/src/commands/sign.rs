//! `jindiao sign`: signed headers for the configured account, for use with curl.

use jindiao_protocol_yibeidiao::Seq;
use jindiao_signing::{qcc, yibeidiao};
use jindiao_words::{Message, say};
use serde::{Serialize, Serializer};

use crate::cli::{SignArgs, Signer};
use crate::clock;
use crate::config::{Config, no_credentials};
use crate::error::{CliError, Kind};
use crate::output::{Output, note};

pub(crate) fn run(
    args: &SignArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let at = args.at.unwrap_or_else(|| clock::now().unix_seconds());
    let signed = match args.vendor {
        Signer::Qcc => {
            if args.seq.is_some() {
                return Err(CliError::usage(say!(
                    "--seq is Yibeidiao's; QCC's signature has no serial number"
                )));
            }
            let (key, secret) = config.qcc().map_err(no_credentials)?;
            let signature = qcc::sign(&key, &secret, at);
            if !out.is_json() {
                note(say!(
                    "note: the account's key goes into the query, as key=$JINDIAO_QCC_KEY"
                ));
            }
            Signed {
                vendor: "qcc",
                headers: vec![
                    ("Token", signature.token.as_str().to_owned()),
                    ("Timespan", signature.timespan.as_str().to_owned()),
                ],
            }
        }
        Signer::Yibeidiao => {
            let seq = match &args.seq {
                Some(seq) => seq.clone(),
                None => fresh_seq()?,
            };
            let seq = Seq::new(seq).map_err(|_| {
                CliError::usage(say!("--seq takes 1 to 64 visible ASCII characters"))
            })?;
            let (key, token) = config.yibeidiao().map_err(no_credentials)?;
            let ts = yibeidiao::Ts::from_unix_seconds(at);
            let sign = yibeidiao::sign(&key, &ts, seq.as_str(), &token);
            Signed {
                vendor: "yibeidiao",
                headers: vec![
                    ("key", key.expose().to_owned()),
                    ("ts", ts.to_string()),
                    ("seq", seq.as_str().to_owned()),
                    ("sign", sign.as_str().to_owned()),
                ],
            }
        }
    };
    if out.is_json() {
        out.record("headers", &signed);
    } else {
        signed
            .headers
            .iter()
            .for_each(|(name, value)| out.line(Message::verbatim(format!("{name}: {value}"))));
    }
    Ok(Vec::new())
}

/// Headers in the order in which the vendor's documents list them.
#[derive(Serialize)]
struct Signed {
    vendor: &'static str,
    #[serde(serialize_with = "as_map")]
    headers: Vec<(&'static str, String)>,
}

fn as_map<S: Serializer>(
    headers: &[(&'static str, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.iter().map(|(name, value)| (name, value)))
}

/// A serial number that nobody used before.
fn fresh_seq() -> Result<String, CliError> {
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes).map_err(|error| {
        let error = std::io::Error::other(error.to_string());
        CliError::usage(say!("the system gives no random numbers"))
            .because(error)
            .hint(say!("give a serial number with --seq"))
    })?;
    Ok(format!("J{}", hex::encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;
    use crate::output::testing::output;

    fn shown(vendor: Signer, seq: Option<&str>, json: bool) -> String {
        let environment = [
            ("JINDIAO_QCC_KEY", "FAKE-KEY-0001"),
            ("JINDIAO_QCC_SECRET", "FAKE-SECRET-0001"),
            ("JINDIAO_YIBEIDIAO_KEY", "CF6BF781AB82FEF5BFDF96B054ECEB15"),
            (
                "JINDIAO_YIBEIDIAO_TOKEN",
                "8FD2867925098ECFA5DC1DB15B5A3E79",
            ),
        ];
        let environment = environment
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let sources = Sources {
            environment,
            ..Sources::default()
        };
        let (config, _) = Config::load(&sources)
            .map_err(|error| error.report())
            .expect("a configuration");
        let at = match vendor {
            Signer::Qcc => 1_676_601_233,
            Signer::Yibeidiao => 1_546_412_155,
        };
        let (mut out, written) = output(json);
        let args = SignArgs {
            vendor,
            at: Some(at),
            seq: seq.map(str::to_owned),
        };
        match run(&args, &config, &mut out) {
            Ok(_) => written.text(),
            Err(error) => error.report(),
        }
    }

    #[test]
    fn headers_of_qcc() {
        let expect = "Token: 6D0D6BDD9C029D68A04E29731ABC7E4E\nTimespan: 1676601233\n";
        assert_eq!(shown(Signer::Qcc, None, false), expect);
        assert_eq!(
            shown(Signer::Qcc, None, true),
            "{\"type\":\"headers\",\"data\":{\"vendor\":\"qcc\",\"headers\":{\"Token\":\"6D0D6BDD9C029D68A04E29731ABC7E4E\",\"Timespan\":\"1676601233\"}}}\n"
        );
        assert!(shown(Signer::Qcc, Some("S"), false).starts_with("error: "));
    }

    #[test]
    fn headers_of_yibeidiao_are_the_published_sample() {
        assert_eq!(
            shown(Signer::Yibeidiao, Some("N123456"), false),
            "key: CF6BF781AB82FEF5BFDF96B054ECEB15\nts: 20190102145555\nseq: N123456\nsign: 65F3CB60DDEA32F61A0AA3D06D5AC348\n"
        );
        assert!(shown(Signer::Yibeidiao, Some("a\nb"), false).starts_with("error: "));
    }

    #[test]
    fn serials_are_fresh_and_secrets_stay_inside() {
        let first = shown(Signer::Yibeidiao, None, false);
        assert_ne!(first, shown(Signer::Yibeidiao, None, false));
        assert!(!first.contains("8FD2867925098ECFA5DC1DB15B5A3E79"));
        assert!(!shown(Signer::Qcc, None, false).contains("FAKE"));
    }
}
