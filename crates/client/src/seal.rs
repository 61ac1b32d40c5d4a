//! Keeps a link that has to be written down readable for its account alone.

use std::fmt;

use jindiao_protocol::Link;
use jindiao_words::{Message, Say, say};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::{hkdf, hmac};

/// Names the purpose and the version of the keys that are derived.
const SALT: &[u8] = b"jindiao: sealed link, 1";

/// Seals and opens the links of one account.
///
/// A link whose answer cost a charge (`qcc/snapshot`) must outlive a crash, and so stands in the
/// ledger; but it is signed, and whoever reads it has the report. So it is encrypted and
/// authenticated (ChaCha20-Poly1305) with keys that are derived (HKDF-SHA-256) from the account's
/// secret: a ledger that is copied, backed up or sent to somebody tells nothing, and who has the
/// secret could order the report anyway. With another secret a sealed link cannot be opened.
#[derive(Clone)]
pub struct LinkSeal {
    key: LessSafeKey,
    nonces: hmac::Key,
}

/// A sealed link could not be opened: it was sealed with another secret, or changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsealable;

impl Say for Unsealable {
    fn say(&self) -> Message {
        say!(
            "its link was sealed with another secret of the account, or was changed since; put the secret back with which it was ordered and run again"
        )
    }
}

impl fmt::Display for Unsealable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for Unsealable {}

impl LinkSeal {
    /// The seal of the account that has this secret: QCC's `SecretKey`, PatSnap's client secret or
    /// static key, Yibeidiao's token.
    pub fn of(secret: &str) -> Self {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT);
        let root = salt.extract(secret.as_bytes());
        let derive = |purpose: &'static [u8]| {
            let mut bytes = [0; 32];
            root.expand(&[purpose], hkdf::HKDF_SHA256)
                .and_then(|okm| okm.fill(&mut bytes))
                .expect("32 bytes are one block of SHA-256");
            bytes
        };
        let key = UnboundKey::new(&CHACHA20_POLY1305, &derive(b"seal"))
            .expect("the key of this cipher has 32 bytes");
        Self {
            key: LessSafeKey::new(key),
            nonces: hmac::Key::new(hmac::HMAC_SHA256, &derive(b"nonce")),
        }
    }

    /// The same link, unreadable. One that is sealed already stays as it is.
    pub fn seal(&self, link: &Link) -> Link {
        let Some(url) = link.url() else {
            return link.clone();
        };
        // Of the address itself: two addresses never share a nonce, and no chance is needed.
        let digest = hmac::sign(&self.nonces, url.as_bytes());
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&digest.as_ref()[..NONCE_LEN]);
        let mut sealed = url.as_bytes().to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::empty(),
                &mut sealed,
            )
            .expect("an address is far shorter than what the cipher can take");
        let text = format!("{}{}", hex::encode(nonce), hex::encode(sealed));
        Link::sealed(text, link.expires())
    }

    /// The link with its address. One that is not sealed stays as it is.
    ///
    /// # Errors
    /// If it was sealed with another secret, or changed.
    pub fn open(&self, link: &Link) -> Result<Link, Unsealable> {
        let Some(text) = link.sealed_text() else {
            return Ok(link.clone());
        };
        let bytes = hex::decode(text).map_err(|_| Unsealable)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or(Unsealable)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unsealable)?;
        let mut sealed = sealed.to_vec();
        let url = self
            .key
            .open_in_place(nonce, Aad::empty(), &mut sealed)
            .map_err(|_| Unsealable)?;
        let url = std::str::from_utf8(url).map_err(|_| Unsealable)?;
        link.opened(url).ok_or(Unsealable)
    }
}

impl fmt::Debug for LinkSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSeal([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jindiao_protocol::Timestamp;
    use proptest::prelude::*;

    fn seal(secret: &str) -> LinkSeal {
        LinkSeal::of(secret)
    }

    fn link(url: &str) -> Link {
        Link::parse(url, Timestamp::EPOCH, None).expect("a link")
    }

    #[test]
    fn only_the_same_secret_opens_a_link() {
        let link = link("https://h/a.png?Expires=1700000000&Signature=S3CR3T");
        let sealed = seal("one").seal(&link);
        assert_eq!(sealed.expires(), link.expires());
        assert_eq!(seal("one").open(&sealed), Ok(link));
        assert_eq!(seal("two").open(&sealed), Err(Unsealable));
    }

    #[test]
    fn a_sealed_link_tells_nothing() {
        let sealed = seal("one").seal(&link("https://host.example/a.png?Signature=S3CR3T"));
        let written = serde_json::to_string(&sealed).expect("json");
        for part in ["S3CR3T", "host", "http", &hex::encode("S3CR3T")] {
            assert!(!written.contains(part), "{written}");
        }
        assert!(!format!("{:?}", seal("S3CR3T")).contains("S3CR3T"));
    }

    #[test]
    fn sealing_twice_and_opening_what_is_open_changes_nothing() {
        let (seal, link) = (seal("one"), link("https://h/a.png"));
        let sealed = seal.seal(&link);
        assert_eq!(seal.seal(&sealed), sealed);
        assert_eq!(seal.open(&link), Ok(link));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_sealed_is_opened(path in "[a-zA-Z0-9/]{0,300}", secret in "[!-~]{1,64}") {
            let link = link(&format!("https://h/{path}?Signature=x"));
            let seal = seal(&secret);
            prop_assert_eq!(seal.open(&seal.seal(&link)), Ok(link));
        }

        #[test]
        fn a_changed_one_is_refused(at in 0usize..100, digit in "[0-9a-f]") {
            let seal = seal("one");
            let sealed = seal.seal(&link("https://h/a.png?Signature=0123456789"));
            let mut text = sealed.sealed_text().expect("sealed").to_owned();
            let at = at % text.len();
            text.replace_range(at..=at, &digit);
            let changed = Link::sealed(text, None);
            if changed.sealed_text() != sealed.sealed_text() {
                prop_assert_eq!(seal.open(&changed), Err(Unsealable));
            }
        }

        #[test]
        fn any_text_is_refused(text in "\\PC{0,120}") {
            prop_assert_eq!(seal("one").open(&Link::sealed(text, None)), Err(Unsealable));
        }
    }
}
