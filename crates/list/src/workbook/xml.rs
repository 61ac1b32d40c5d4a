//! XML out of a part of a workbook, one event at a time, each within limits.

use std::fmt;
use std::io::{self, BufRead, Read};

use jindiao_words::say;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::Trouble;
use crate::limits::LONGEST_LINE;

/// How long a tag or a text may be, in bytes.
const LONGEST_EVENT: u64 = 1 << 20;

/// A part of a workbook. What is read of it is taken from what the whole workbook may have.
pub(super) struct Xml<'a> {
    reader: quick_xml::Reader<Bounded<'a>>,
    buffer: Vec<u8>,
}

impl<'a> Xml<'a> {
    pub(super) fn new(part: impl BufRead + 'a, left: &'a mut u64) -> Self {
        let mut reader = quick_xml::Reader::from_reader(Bounded {
            part: Box::new(part),
            event: 0,
            left,
        });
        reader.config_mut().expand_empty_elements = true;
        Self {
            reader,
            buffer: Vec::new(),
        }
    }

    /// What comes next.
    pub(super) fn next(&mut self) -> Result<Event<'_>, Trouble> {
        self.buffer.clear();
        self.reader.get_mut().event = LONGEST_EVENT;
        self.reader
            .read_event_into(&mut self.buffer)
            .map_err(|error| match &error {
                quick_xml::Error::Io(io) if is_too_much(io) => Trouble::TooLarge,
                _ => Trouble::damaged(&error),
            })
    }
}

/// An attribute, whatever its name space.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, Trouble> {
    // Looking for twins takes long where there are many.
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| Trouble::damaged(&error))?;
        if attribute.key.local_name().as_ref() == name {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.map_err(|error| Trouble::damaged(&error))?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

/// Whether an attribute says yes.
pub(super) fn is_set(element: &BytesStart<'_>, name: &str) -> Result<bool, Trouble> {
    Ok(attribute(element, name)?.is_some_and(|it| matches!(it.trim(), "1" | "true" | "on")))
}

/// Adds what an event has of a text; nothing if it is no text.
pub(super) fn add_text(event: &Event<'_>, text: &mut String) -> Result<(), Trouble> {
    match event {
        Event::Text(piece) => text.push_str(&piece.xml10_content()),
        Event::CData(piece) => text.push_str(&piece.xml10_content()),
        Event::GeneralRef(name) => {
            let c = name
                .resolve_char_ref()
                .map_err(|error| Trouble::damaged(&error))?;
            match (c, quick_xml::escape::resolve_predefined_entity(name)) {
                (Some(c), _) => text.push(c),
                (None, Some(known)) => text.push_str(known),
                (None, None) => return Err(Trouble::Damaged(say!("it names an unknown entity"))),
            }
        }
        _ => {}
    }
    if text.len() > LONGEST_LINE {
        return Err(Trouble::TooLarge);
    }
    Ok(())
}

/// The text without the way in which workbooks write characters that XML cannot: `_x000D_`.
pub(super) fn unescape(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::with_capacity(text.len());
    while let Some((before, after)) = rest.split_once("_x") {
        plain.push_str(before);
        let c = after
            .split_once('_')
            .map(|(digits, _)| digits)
            .filter(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32);
        if let Some(c) = c {
            plain.push(c);
            rest = after.get(5..).unwrap_or_default();
        } else {
            plain.push_str("_x");
            rest = after;
        }
    }
    plain.push_str(rest);
    plain
}

/// Bytes, as many as an event and the workbook may have.
struct Bounded<'a> {
    part: Box<dyn BufRead + 'a>,
    event: u64,
    left: &'a mut u64,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(buffer)?;
        self.consume(n);
        Ok(n)
    }
}

impl BufRead for Bounded<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let bytes = self.part.fill_buf()?;
        let most = usize::try_from(self.event.min(*self.left)).unwrap_or(usize::MAX);
        if most == 0 && !bytes.is_empty() {
            return Err(io::Error::other(TooMuch));
        }
        Ok(bytes.get(..most).unwrap_or(bytes))
    }

    fn consume(&mut self, n: usize) {
        self.part.consume(n);
        let n = u64::try_from(n).unwrap_or(u64::MAX);
        self.event = self.event.saturating_sub(n);
        *self.left = self.left.saturating_sub(n);
    }
}

fn is_too_much(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(<dyn std::error::Error + Send + Sync>::is::<TooMuch>)
}

#[derive(Debug)]
struct TooMuch;

impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is too much of it")
    }
}

impl std::error::Error for TooMuch {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_xml_cannot_write() {
        let check = |text: &str, expect: &str| assert_eq!(unescape(text), expect, "{text}");
        check("a_x000D_b", "a\rb");
        check("_x005F_x000D_", "_x000D_");
        check("_x00_ _x _xyzzy_ _x12345_", "_x00_ _x _xyzzy_ _x12345_");
        check("_xD800_甲_x4E59_", "_xD800_甲乙");
        check("_x甲乙_", "_x甲乙_");
    }
}
