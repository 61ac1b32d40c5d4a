//! Bodies that somebody on the way has compressed, though nobody asked for it.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::{MultiGzDecoder, ZlibDecoder};
use http::{HeaderMap, header};
use jindiao_words::say;

use crate::{BoxFuture, Chunks, TransportError, TransportErrorKind};

/// Undoes `gzip` or `deflate`.
///
/// We ask for bodies as they are. Some proxies compress all the same, and some stores keep their
/// files compressed; neither must cost a doubt about a charge, or a report. What is called
/// compressed and does not begin so is taken as it is.
pub(crate) struct Decoder {
    name: Name,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    Gzip,
    Deflate,
}

enum State {
    /// Too little has come to tell.
    Begun(Vec<u8>),
    Plain(Vec<u8>),
    Gzip(MultiGzDecoder<Vec<u8>>),
    Zlib(ZlibDecoder<Vec<u8>>),
}

/// Why a body was not decompressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undecoded {
    /// It is broken or incomplete.
    Broken,
    /// It becomes larger than allowed.
    TooLarge,
}

/// The first bytes tell a compressed body from one that is only called so.
const TELLING: usize = 2;

impl Decoder {
    /// The decoder for the body that comes with `headers`; none where it is not compressed, or in
    /// a way that is not read here.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut all = headers.get_all(header::CONTENT_ENCODING).iter();
        let (one, none) = (all.next()?, all.next());
        let name = match one.to_str().ok()?.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Name::Gzip,
            "deflate" => Name::Deflate,
            _ => return None,
        };
        none.is_none().then_some(Self {
            name,
            state: State::Begun(Vec::new()),
        })
    }

    /// The whole of `body`, if it is not larger than `most` bytes.
    pub(crate) fn whole(mut self, mut body: &[u8], most: usize) -> Result<Vec<u8>, Undecoded> {
        let mut whole = Vec::new();
        loop {
            let taken = self.take(body).map_err(|_| Undecoded::Broken)?;
            body = &body[taken..];
            let is_end = body.is_empty();
            let news = if is_end {
                std::mem::replace(&mut self.state, State::Plain(Vec::new())).finish()
            } else {
                Ok(self.given())
            };
            let news = news.map_err(|_| Undecoded::Broken)?;
            if news.len() > most - whole.len() {
                return Err(Undecoded::TooLarge);
            }
            whole.extend_from_slice(&news);
            if is_end {
                return Ok(whole);
            }
        }
    }

    /// Takes some of `input` in, and says how much; what that gives is bounded.
    fn take(&mut self, input: &[u8]) -> io::Result<usize> {
        if let State::Begun(begun) = &mut self.state {
            let taken = input.len().min(TELLING - begun.len());
            begun.extend_from_slice(&input[..taken]);
            if begun.len() == TELLING {
                self.state = State::told(self.name, begun)?;
            }
            return Ok(taken);
        }
        if input.is_empty() {
            return Ok(0);
        }
        let taken = match &mut self.state {
            State::Begun(_) => 0,
            State::Plain(given) => given.write(input)?,
            State::Gzip(decoder) => decoder.write(input)?,
            State::Zlib(decoder) => decoder.write(input)?,
        };
        if taken == 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(taken)
    }

    /// What has been decompressed since this was asked last.
    fn given(&mut self) -> Vec<u8> {
        match &mut self.state {
            State::Begun(_) => Vec::new(),
            State::Plain(given) => std::mem::take(given),
            State::Gzip(decoder) => std::mem::take(decoder.get_mut()),
            State::Zlib(decoder) => std::mem::take(decoder.get_mut()),
        }
    }
}

impl State {
    fn told(name: Name, begun: &[u8]) -> io::Result<Self> {
        let number = begun
            .iter()
            .fold(0u32, |number, byte| number << 8 | u32::from(*byte));
        Ok(match name {
            Name::Gzip if begun == [0x1f, 0x8b] => {
                let mut decoder = MultiGzDecoder::new(Vec::new());
                decoder.write_all(begun)?;
                Self::Gzip(decoder)
            }
            // RFC 1950: the method is 8, and the two bytes are a multiple of 31.
            Name::Deflate if begun[0] & 0x0f == 8 && number % 31 == 0 => {
                let mut decoder = ZlibDecoder::new(Vec::new());
                decoder.write_all(begun)?;
                Self::Zlib(decoder)
            }
            _ => Self::Plain(begun.to_vec()),
        })
    }

    /// The last that there is. A gzip body that is incomplete or damaged is an error.
    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Begun(given) | Self::Plain(given) => Ok(given),
            Self::Gzip(decoder) => decoder.finish(),
            Self::Zlib(decoder) => decoder.finish(),
        }
    }
}

/// A body that is decompressed as it arrives, piece by piece.
pub(crate) struct Decoded {
    body: Box<dyn Chunks>,
    /// None once the end was given.
    decoder: Option<Decoder>,
    /// What has arrived and is not yet decompressed.
    rest: Bytes,
}

impl Decoded {
    pub(crate) fn new(body: Box<dyn Chunks>, decoder: Decoder) -> Self {
        Self {
            body,
            decoder: Some(decoder),
            rest: Bytes::new(),
        }
    }

    async fn piece(&mut self) -> Result<Option<Bytes>, TransportError> {
        let broken = |_| {
            TransportError::maybe_sent(
                TransportErrorKind::Interrupted,
                say!("the compressed body is broken").to_string(),
            )
        };
        while let Some(decoder) = &mut self.decoder {
            if self.rest.is_empty() {
                match self.body.next().await? {
                    Some(chunk) => self.rest = chunk,
                    None => {
                        let last = self.decoder.take().map(|decoder| decoder.state.finish());
                        let last = last.transpose().map_err(broken)?.unwrap_or_default();
                        return Ok((!last.is_empty()).then(|| last.into()));
                    }
                }
            } else {
                let taken = decoder.take(&self.rest).map_err(broken)?;
                self.rest = self.rest.split_off(taken);
                let given = decoder.given();
                if !given.is_empty() {
                    return Ok(Some(given.into()));
                }
            }
        }
        Ok(None)
    }
}

impl Chunks for Decoded {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(self.piece())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn decoder(coding: &'static str) -> Option<Decoder> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        Decoder::of(&headers)
    }

    fn whole(coding: &'static str, body: &[u8]) -> Result<Vec<u8>, Undecoded> {
        decoder(coding).expect("a decoder").whole(body, 10_000)
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).expect("memory");
        encoder.finish().expect("memory")
    }

    fn zlib(plain: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(plain).expect("memory");
        encoder.finish().expect("memory")
    }

    #[test]
    fn only_what_is_read_here_is_decoded() {
        for coding in ["gzip", "X-GZIP ", "deflate"] {
            assert!(decoder(coding).is_some(), "{coding}");
        }
        for coding in ["identity", "br", "zstd", "gzip, gzip", "aws-chunked", ""] {
            assert!(decoder(coding).is_none(), "{coding}");
        }
        let mut twice = HeaderMap::new();
        for _ in 0..2 {
            twice.append(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        assert!(Decoder::of(&twice).is_none());
    }

    #[test]
    fn what_is_only_called_compressed_is_taken_as_it_is() {
        for plain in [&b"{\"Status\":\"200\"}"[..], b"x", b""] {
            for coding in ["gzip", "deflate"] {
                assert_eq!(whole(coding, plain).as_deref(), Ok(plain));
            }
        }
    }

    #[test]
    fn a_bomb_is_given_up() {
        for most in [0, 9_999] {
            let bomb = gzip(&[b'0'; 10_000]);
            let result = decoder("gzip").expect("a decoder").whole(&bomb, most);
            assert_eq!(result, Err(Undecoded::TooLarge));
        }
        let bomb = gzip(&vec![b'0'; 64 * 1024 * 1024]);
        assert!(bomb.len() < 100_000);
        assert_eq!(whole("gzip", &bomb), Err(Undecoded::TooLarge));
    }

    #[test]
    fn a_gzip_body_that_is_cut_or_damaged_is_broken() {
        let good = gzip(b"{\"Status\":\"200\"}");
        for end in 3..good.len() {
            assert_eq!(whole("gzip", &good[..end]), Err(Undecoded::Broken), "{end}");
        }
        let mut damaged = good.clone();
        let crc = damaged.len() - 5;
        damaged[crc] ^= 1;
        assert_eq!(whole("gzip", &damaged), Err(Undecoded::Broken));
        assert_eq!(
            whole("gzip", &[good, b"junk".to_vec()].concat()),
            Err(Undecoded::Broken)
        );
    }

    /// A body in these pieces.
    struct Pieces(std::vec::IntoIter<Vec<u8>>);

    impl Chunks for Pieces {
        fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
            let next = self.0.next().map(Bytes::from);
            Box::pin(std::future::ready(Ok(next)))
        }
    }

    proptest! {
        #[test]
        fn a_body_comes_back_however_it_arrives(
            plain in proptest::collection::vec(any::<u8>(), 0..5_000),
            size in 1usize..400,
            is_gzip: bool,
        ) {
            let (coding, body) = if is_gzip { ("gzip", gzip(&plain)) } else { ("deflate", zlib(&plain)) };
            prop_assert_eq!(whole(coding, &body), Ok(plain.clone()));

            let pieces: Vec<_> = body.chunks(size).map(<[u8]>::to_vec).collect();
            let pieces = Box::new(Pieces(pieces.into_iter()));
            let mut decoded = Decoded::new(pieces, decoder(coding).expect("a decoder"));
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let streamed = runtime.block_on(async {
                let mut all = Vec::new();
                while let Some(piece) = decoded.next().await.expect("a piece") {
                    all.extend_from_slice(&piece);
                }
                all
            });
            prop_assert_eq!(streamed, plain);
        }

        #[test]
        fn any_bytes_are_a_body_or_an_error(body in proptest::collection::vec(any::<u8>(), 0..300), is_gzip: bool) {
            let begin: &[u8] = if is_gzip { &[0x1f, 0x8b, 8] } else { &[0x78, 0x9c] };
            let _ = whole(if is_gzip { "gzip" } else { "deflate" }, &[begin, &body].concat());
        }
    }
}
