//! PatSnap: credentials, and the value of `Authorization` for `POST /oauth/token` (PatSnap D5, D6).

use alloc::string::String;

use zeroize::Zeroizing;

use crate::secret::{Form, guarded, secrets};

secrets! {
    /// The client id: also the value of `apikey` in the query of business calls (PatSnap D6).
    ClientId = "PatSnap client id", Form::NoColon;
    /// The client secret, which goes only to the token endpoint.
    ClientSecret = "PatSnap client secret", Form::Any;
    /// A static key that starts with `sk-` (PatSnap D7): a credential by itself, without a token.
    ApiKey = "PatSnap API key", Form::Prefix("sk-");
    /// A token from `/oauth/token`, good for half an hour (PatSnap D5).
    AccessToken = "PatSnap access token", Form::Any;
}

/// The value of the header `Authorization` for the token endpoint: `Basic` and the base64 of
/// `client_id:client_secret`.
pub fn basic(client_id: &ClientId, client_secret: &ClientSecret) -> BasicCredential {
    const SCHEME: &str = "Basic ";

    let (id, secret) = (
        client_id.expose().as_bytes(),
        client_secret.expose().as_bytes(),
    );
    // Sized once: a buffer that grew would leave copies of the secret behind.
    let len = id.len() + 1 + secret.len();
    let mut plain = Zeroizing::new(alloc::vec::Vec::with_capacity(len));
    plain.extend_from_slice(id);
    plain.push(b':');
    plain.extend_from_slice(secret);
    let mut value = String::with_capacity(SCHEME.len() + len.div_ceil(3) * 4);
    value.push_str(SCHEME);
    push_base64(&mut value, &plain);
    BasicCredential(value)
}

/// The value of an `Authorization: Basic …` header. `Debug` prints `[redacted]`.
#[derive(Clone)]
pub struct BasicCredential(String);

impl BasicCredential {
    /// The whole value of the header: keep it out of logs, errors and files.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

guarded!(BasicCredential);

/// Appends the standard base64 of `bytes`, padded (RFC 4648, section 4). A few lines of our own, so
/// that a crate of signatures brings no encoder along.
fn push_base64(out: &mut String, bytes: &[u8]) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for chunk in bytes.chunks(3) {
        let byte = |at: usize| chunk.get(at).copied().unwrap_or(0);
        let group = u32::from_be_bytes([0, byte(0), byte(1), byte(2)]);
        for position in 0..4 {
            let digit = (group >> (18 - 6 * position)) & 0x3f;
            let filled = position <= chunk.len();
            out.push(if filled {
                char::from(ALPHABET[digit as usize])
            } else {
                '='
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::vec::Vec;

    use super::*;
    use proptest::prelude::*;

    fn check(plain: &str, expect: &str) {
        let mut text = String::new();
        push_base64(&mut text, plain.as_bytes());
        assert_eq!(text, expect);
    }

    #[test]
    fn the_samples_of_rfc_4648() {
        check("", "");
        check("f", "Zg==");
        check("fo", "Zm8=");
        check("foo", "Zm9v");
        check("foob", "Zm9vYg==");
        check("fooba", "Zm9vYmE=");
        check("foobar", "Zm9vYmFy");
    }

    #[test]
    fn the_value_is_not_shown() {
        let id = ClientId::new("fake-client").expect("an id");
        let secret = ClientSecret::new("fake-secret").expect("a secret");
        assert_eq!(format!("{:?}", basic(&id, &secret)), "[redacted]");
    }

    /// Reads base64 bit by bit, in another way than it is written.
    fn decoded(text: &str) -> Vec<u8> {
        let mut bits = Vec::new();
        for byte in text.trim_end_matches('=').bytes() {
            let digit = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                other => {
                    assert_eq!(other, b'/');
                    63
                }
            };
            bits.extend((0..6).rev().map(|shift| digit >> shift & 1));
        }
        let whole = bits.chunks_exact(8);
        assert!(whole.remainder().iter().all(|&bit| bit == 0));
        whole
            .map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | bit))
            .collect()
    }

    proptest! {
        #[test]
        fn base64_reads_back(bytes: Vec<u8>) {
            let mut text = String::new();
            push_base64(&mut text, &bytes);
            prop_assert_eq!(text.len() % 4, 0);
            prop_assert_eq!(decoded(&text), bytes);
        }

        #[test]
        fn the_value_holds_both_and_is_sized_once(id in "[!-9;-~]{1,40}", secret in "[!-~]{1,60}") {
            let value = basic(
                &ClientId::new(id.clone()).expect("an id"),
                &ClientSecret::new(secret.clone()).expect("a secret"),
            );
            let text = value.expose().strip_prefix("Basic ").expect("the scheme");
            prop_assert_eq!(decoded(text), format!("{id}:{secret}").into_bytes());
            prop_assert_eq!(value.0.len(), value.0.capacity());
        }
    }
}
