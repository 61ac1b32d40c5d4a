//! Addresses in replies, before anybody has read them as links.

use std::fmt;
use std::time::Duration;

use crate::{Link, LinkError, Timestamp, redacted_url};

/// A download address as the vendor wrote it, with the life that the product documents.
///
/// Replies are read without a clock, and a [`Link`] needs the time at which it was received:
/// [`RawLink::link`] brings the two together. `Debug` shows no query values.
#[derive(Clone, PartialEq, Eq)]
pub struct RawLink {
    text: String,
    life: Option<Duration>,
}

impl RawLink {
    /// For vendor crates: `text` from a reply, and how long the vendor's documents say that such
    /// an address lives.
    pub fn new(text: impl Into<String>, life: Option<Duration>) -> Self {
        Self {
            text: text.into(),
            life,
        }
    }

    /// The text, signature included.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How long the vendor's documents say that the address lives from when it is received.
    pub fn life(&self) -> Option<Duration> {
        self.life
    }

    /// The link, if it was received at `now`.
    ///
    /// # Errors
    /// Where the text is no download address; see [`Link::parse`].
    pub fn link(&self, now: Timestamp) -> Result<Link, LinkError> {
        Link::parse(&self.text, now, self.life)
    }
}

impl fmt::Debug for RawLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawLink({})", redacted_url(&self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_says_how_long_it_lives() {
        let now = Timestamp::from_unix_seconds(1_700_000_000);
        let raw = RawLink::new("https://h/a.pdf", Some(Duration::from_secs(60)));
        let link = raw.link(now).expect("a link");
        assert_eq!(link.expires(), Some(now.plus(Duration::from_secs(60))));
        assert_eq!(RawLink::new("", None).link(now), Err(LinkError::Empty));
    }

    #[test]
    fn the_signature_is_not_shown() {
        let raw = RawLink::new("https://h/a?Signature=S3CR3T", None);
        assert!(!format!("{raw:?}").contains("S3CR3T"));
    }
}
