//! Addresses in replies, before anybody has read them as links.

use std::fmt;
use std::time::Duration;

use crate::redact::redacted_link;
use crate::{Link, LinkError, Timestamp};

/// A download address as the vendor wrote it, with the life that the product documents.
///
/// Replies are read without a clock, and a [`Link`] needs the time at which it was received:
/// [`RawLink::link`] brings the two together. `Debug` shows what that of [`Link`] shows.
#[derive(Clone, PartialEq, Eq)]
pub struct RawLink(Form);

#[derive(Clone, PartialEq, Eq)]
enum Form {
    Text {
        text: String,
        life: Option<Duration>,
    },
    /// Somebody with a clock has read it already.
    Read(Link),
}

impl RawLink {
    /// For vendor crates: `text` from a reply, and how long the vendor's documents say that such
    /// an address lives.
    pub fn new(text: impl Into<String>, life: Option<Duration>) -> Self {
        Self(Form::Text {
            text: text.into(),
            life,
        })
    }

    /// The text, signature included; none once it was read.
    pub fn text(&self) -> Option<&str> {
        match &self.0 {
            Form::Text { text, .. } => Some(text),
            Form::Read(_) => None,
        }
    }

    /// The link, if it was received at `now`.
    ///
    /// # Errors
    /// Where the text is no download address; see [`Link::parse`].
    pub fn link(&self, now: Timestamp) -> Result<Link, LinkError> {
        match &self.0 {
            Form::Text { text, life } => Link::parse(text, now, *life),
            Form::Read(link) => Ok(link.clone()),
        }
    }
}

/// A link that was read when it was received, and perhaps sealed since.
impl From<Link> for RawLink {
    fn from(link: Link) -> Self {
        Self(Form::Read(link))
    }
}

impl fmt::Debug for RawLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Text { text, .. } => write!(f, "RawLink({})", redacted_link(text)),
            Form::Read(link) => write!(f, "RawLink({link})"),
        }
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
        assert_eq!(raw.text(), Some("https://h/a.pdf"));
        // What was read once keeps the end that it had then.
        let read = RawLink::from(link.clone());
        assert_eq!(read.link(Timestamp::MAX), Ok(link));
        assert_eq!(read.text(), None);
    }

    #[test]
    fn the_signature_is_not_shown() {
        let raw = RawLink::new("https://h/a?Signature=S3CR3T", None);
        let shown = "RawLink(https://h/a?Signature=*)";
        assert_eq!(format!("{raw:?}"), shown);
        let link = raw.link(Timestamp::EPOCH).expect("a link");
        assert_eq!(format!("{:?}", RawLink::from(link)), shown);
    }
}
