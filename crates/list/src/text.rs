//! From the bytes of a source to text in UTF-8, piece by piece.

use std::io::{self, Read as _};
use std::ops::Range;

use encoding_rs::{Decoder, DecoderResult, Encoding};

use crate::source::{Pass, Source};

/// How many bytes are read and decoded at once.
const PIECE: usize = 32 << 10;

/// The text of a source as UTF-8, piece by piece.
pub(crate) struct Text<'a> {
    pass: Pass<'a>,
    decoder: Decoder,
    raw: Box<[u8]>,
    /// What of `raw` is not decoded yet.
    left: Range<usize>,
    is_last: bool,
    is_over: bool,
    piece: Box<[u8]>,
    /// What of `piece` is not consumed yet.
    unread: Range<usize>,
}

/// Some text, and how many bytes after it mean nothing.
pub(crate) struct Piece<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) bad: Option<u8>,
}

/// Why reading cannot go on.
#[derive(Debug)]
pub(crate) enum Stop {
    Io(io::Error),
    /// It is not what was inspected.
    Changed,
}

impl<'a> Text<'a> {
    /// The text of a source from its start, but for the `mark`: so many bytes.
    pub(crate) fn of(
        source: &'a mut Source,
        encoding: &'static Encoding,
        mark: usize,
    ) -> io::Result<Self> {
        let mut pass = source.pass()?;
        let mut skipped = [0; 4];
        let skipped = skipped.get_mut(..mark).unwrap_or_default();
        pass.read_exact(skipped)?;
        Ok(Self {
            pass,
            decoder: encoding.new_decoder_without_bom_handling(),
            raw: vec![0; PIECE].into(),
            left: 0..0,
            is_last: false,
            is_over: false,
            piece: vec![0; PIECE].into(),
            unread: 0..0,
        })
    }

    /// What comes next and is not consumed; empty at the end.
    pub(crate) fn fill(&mut self) -> Result<&[u8], Stop> {
        if self.unread.is_empty() {
            let n = match self.next() {
                Ok(None) => 0,
                Ok(Some(Piece { text, bad: None })) => text.len(),
                // All of it could be decoded when it was inspected.
                Ok(Some(Piece { bad: Some(_), .. })) => return Err(Stop::Changed),
                Err(error) => return Err(Stop::Io(error)),
            };
            self.unread = 0..n;
        }
        Ok(&self.piece[self.unread.clone()])
    }

    /// Takes away the first `n` bytes of what [`Text::fill`] gave.
    pub(crate) fn consume(&mut self, n: usize) {
        self.unread.start = self.unread.end.min(self.unread.start + n);
    }

    /// Whether the source, read to its end, is what it was before.
    pub(crate) fn matches(self) -> bool {
        self.pass.matches()
    }

    /// What comes next, also where it cannot be decoded; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        loop {
            if self.is_over {
                return Ok(None);
            }
            if self.left.is_empty() && !self.is_last {
                let n = loop {
                    match self.pass.read(&mut self.raw) {
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        read => break read?,
                    }
                };
                self.is_last = n == 0;
                self.left = 0..n;
            }
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(
                &self.raw[self.left.clone()],
                &mut self.piece,
                self.is_last,
            );
            self.left.start += read;
            let bad = match result {
                DecoderResult::Malformed(bytes, _) => Some(bytes),
                DecoderResult::InputEmpty => {
                    self.is_over = self.is_last;
                    None
                }
                DecoderResult::OutputFull => None,
            };
            if written > 0 || bad.is_some() {
                let text = &self.piece[..written];
                return Ok(Some(Piece { text, bad }));
            }
        }
    }
}
