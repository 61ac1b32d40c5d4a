//! What the head of a reply promises: the whole file, the rest of it, or another file.

use ::http::{HeaderMap, Response, StatusCode, header};

use super::DownloadError;
use crate::Chunks;
use crate::coding::{Decoded, Decoder};
use crate::part::Resume;

/// What the head of a reply says about the body to come.
pub(super) enum Beginning {
    /// The whole file.
    Whole(Expected),
    /// What was missing of it.
    Rest(Expected),
    /// The file is not the one that was begun.
    Changed,
}

/// What is known of a file's end before it is reached.
pub(super) struct Expected {
    /// The size of the whole file.
    pub(super) total: Option<u64>,
    /// Whether the connection itself tells the end of the body from a break.
    pub(super) framed: bool,
    /// What undoes its compression, where it comes compressed.
    decoder: Option<Decoder>,
}

impl Expected {
    pub(super) fn is_coded(&self) -> bool {
        self.decoder.is_some()
    }

    /// The body of `response`, and the rest of what is expected of it.
    pub(super) fn body(mut self, response: Response<Box<dyn Chunks>>) -> (Box<dyn Chunks>, Self) {
        let body = response.into_body();
        let body = match self.decoder.take() {
            Some(decoder) => Box::new(Decoded::new(body, decoder)),
            None => body,
        };
        (body, self)
    }
}

impl Beginning {
    pub(super) fn read<B>(
        response: &Response<B>,
        resume: Option<&Resume>,
    ) -> Result<Self, DownloadError> {
        let headers = response.headers();
        match (response.status(), resume) {
            (StatusCode::OK, _) => {
                let length = text(headers, &header::CONTENT_LENGTH).and_then(|n| n.parse().ok());
                let decoder = Decoder::of(headers);
                Ok(Self::Whole(Expected {
                    // The length of a compressed body is not that of the file.
                    total: length.filter(|_| decoder.is_none()),
                    framed: length.is_some() || headers.contains_key(header::TRANSFER_ENCODING),
                    decoder,
                }))
            }
            (StatusCode::PARTIAL_CONTENT, Some(resume)) => {
                let range = text(headers, &header::CONTENT_RANGE).and_then(content_range);
                let same = strong_etag(headers).is_some_and(|etag| etag == resume.etag);
                Ok(match range {
                    Some((first, total))
                        if same
                            && Decoder::of(headers).is_none()
                            && first == resume.bytes
                            && resume.total.is_none_or(|known| known == total) =>
                    {
                        Self::Rest(Expected {
                            total: Some(total),
                            framed: true,
                            decoder: None,
                        })
                    }
                    _ => Self::Changed,
                })
            }
            (StatusCode::RANGE_NOT_SATISFIABLE, Some(_)) => Ok(Self::Changed),
            (status, _) => Err(DownloadError::status(status)),
        }
    }
}

/// `bytes 100-199/200`: the first byte and the size of the whole; only where the range reaches
/// the end.
fn content_range(text: &str) -> Option<(u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total): (u64, u64, u64) =
        (first.parse().ok()?, last.parse().ok()?, total.parse().ok()?);
    (last.checked_add(1)? == total && first < total).then_some((first, total))
}

/// An `ETag` that promises the same bytes.
pub(super) fn strong_etag(headers: &HeaderMap) -> Option<&str> {
    text(headers, &header::ETAG)
        .filter(|etag| etag.len() >= 3 && etag.starts_with('"') && etag.ends_with('"'))
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_reach_the_end() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, 10)));
        for other in [
            "bytes 5-8/10",
            "bytes 5-9/*",
            "bytes 10-9/10",
            "bytes */10",
            "bytes 5-18446744073709551615/10",
            "items 5-9/10",
            "",
        ] {
            assert_eq!(content_range(other), None, "{other}");
        }
    }

    #[test]
    fn weak_tags_promise_nothing() {
        let check = |etag: &'static str, strong: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ETAG, header::HeaderValue::from_static(etag));
            assert_eq!(strong_etag(&headers).is_some(), strong, "{etag}");
        };
        check("\"a\"", true);
        check("W/\"a\"", false);
        check("\"\"", false);
        check("a", false);
    }
}
