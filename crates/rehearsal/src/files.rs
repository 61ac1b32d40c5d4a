//! The store of files: the reports, and what it answers to a download.

use std::collections::VecDeque;

use bytes::Bytes;
use http::{Request, Response, header};
use jindiao_protocol::FileKind;

use crate::world::World;

/// A piece of a body, or what comes between two.
pub(crate) enum Piece {
    Bytes(Bytes),
    /// Nothing comes for so many milliseconds.
    Pause(i64),
    Break,
}

impl World {
    /// What the store of files answers to a download.
    pub(crate) fn serve(&mut self, request: &Request<()>) -> Response<VecDeque<Piece>> {
        let now = self.now();
        let path = request.uri().path().to_owned();
        let found = self
            .links
            .get(&path)
            .filter(|link| link.expires > now)
            .map(|link| (link.key, link.content));
        let Some((key, content)) = found else {
            self.tell(|_| "  the store says that the link is dead".to_owned());
            let status = self.dice.pick(&[403, 403, 404, 400]);
            return answer(status, &[], VecDeque::new());
        };
        let kind = self.want(key).wanted.format();
        let whole = Bytes::from(report(kind, key, content));
        let etag = format!("\"{content}\"");
        let chance = self.weather.download;
        if !self.dice.chance(chance) {
            return self.give(request, &whole, &etag, false);
        }
        let what = self.dice.below(9);
        // Half of what is no report says how long it is, as a whole file does.
        let length = |bytes: &Bytes| {
            let length = (header::CONTENT_LENGTH, bytes.len().to_string());
            Vec::from_iter((content % 2 == 0).then_some(length))
        };
        self.tell(|_| format!("  the store stumbles ({what})"));
        match what {
            0 => {
                let status = self.dice.pick(&[403, 404, 408, 429, 500, 502, 503, 504]);
                answer(status, &[], VecDeque::new())
            }
            1 => {
                let page = Bytes::from_static(b"<html><body>please log in</body></html>");
                answer(200, &length(&page), [Piece::Bytes(page)].into())
            }
            2 => {
                let dead = Bytes::from_static(
                    b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>",
                );
                answer(200, &length(&dead), [Piece::Bytes(dead)].into())
            }
            3 => {
                let other = match kind {
                    FileKind::Pdf => FileKind::Png,
                    _ => FileKind::Pdf,
                };
                let other = Bytes::from(report(other, key, content));
                answer(200, &length(&other), [Piece::Bytes(other)].into())
            }
            // Cut off, without a word on how long it is.
            4 => {
                let half = whole.slice(..whole.len() / 2);
                answer(200, &[], [Piece::Bytes(half)].into())
            }
            5 => answer(
                200,
                &[(header::CONTENT_LENGTH, "0".to_owned())],
                VecDeque::new(),
            ),
            6 => {
                let location = (header::LOCATION, format!("https://elsewhere.test{path}"));
                answer(302, &[location], VecDeque::new())
            }
            // It breaks off, and the next one can go on where it broke off; or it stalls.
            _ => self.give(request, &whole, &etag, true),
        }
    }

    /// Gives the file, or the rest of it where that is asked for.
    fn give(
        &mut self,
        request: &Request<()>,
        whole: &Bytes,
        etag: &str,
        breaks: bool,
    ) -> Response<VecDeque<Piece>> {
        let text = |name: header::HeaderName| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let from = text(header::RANGE)
            .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-'))
            .and_then(|from| from.parse::<usize>().ok())
            .filter(|from| *from < whole.len() && text(header::IF_RANGE) == Some(etag))
            .unwrap_or(0);
        let rest = whole.slice(from..);
        let mut headers = vec![
            (header::ETAG, etag.to_owned()),
            (header::CONTENT_LENGTH, rest.len().to_string()),
        ];
        let status = if from > 0 {
            let range = format!("bytes {from}-{}/{}", whole.len() - 1, whole.len());
            headers.push((header::CONTENT_RANGE, range));
            206
        } else {
            200
        };
        let cut = usize::try_from(self.dice.below(rest.len() as u64)).unwrap_or(0);
        let mut pieces = VecDeque::from([Piece::Bytes(rest.slice(..cut))]);
        if breaks && self.dice.coin() {
            pieces.push_back(Piece::Break);
        } else {
            if breaks {
                pieces.push_back(Piece::Pause(45_000));
            }
            pieces.push_back(Piece::Bytes(rest.slice(cut..)));
        }
        answer(status, &headers, pieces)
    }
}

fn answer(
    status: u16,
    headers: &[(header::HeaderName, String)],
    pieces: VecDeque<Piece>,
) -> Response<VecDeque<Piece>> {
    let mut builder = Response::builder().status(status);
    for (name, value) in headers {
        builder = builder.header(name, value);
    }
    builder
        .body(pieces)
        .unwrap_or_else(|_| Response::new(VecDeque::new()))
}

/// The bytes of a report: of the right kind, and of nobody else.
pub(crate) fn report(kind: FileKind, key: usize, content: u64) -> Vec<u8> {
    let (begin, end): (&[u8], &[u8]) = match kind {
        FileKind::Pdf => (b"%PDF-1.7\n", b"\n%%EOF\n"),
        FileKind::Docx | FileKind::Zip => (b"PK\x03\x04", b"PK\x05\x06"),
        FileKind::Png => (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"),
    };
    let mut bytes = begin.to_vec();
    let line = format!(" order {key} report {content} ");
    let lines = 1 + usize::try_from(content % 7).unwrap_or(0) * 12;
    for _ in 0..lines {
        bytes.extend_from_slice(line.as_bytes());
    }
    bytes.extend_from_slice(end);
    bytes
}
