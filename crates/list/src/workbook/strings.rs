//! The texts that the cells of a workbook share.

use quick_xml::events::Event;

use super::Trouble;
use super::package::Package;
use super::xml::{add_text, unescape};

/// How much text is held, in bytes.
const MOST_TEXT: usize = 128 << 20;
/// How many texts.
const MOST_TEXTS: usize = 10_000_000;

/// The texts, one behind the other.
#[derive(Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    /// Those of the part of this name, if there is one.
    pub(super) fn read(package: &mut Package<'_>, name: Option<&str>) -> Result<Self, Trouble> {
        let mut strings = Self::default();
        let part = name.map(|name| package.part(name)).transpose()?.flatten();
        let Some(mut xml) = part else {
            return Ok(strings);
        };
        let mut text = String::new();
        let (mut is_text, mut is_reading_aid) = (false, false);
        loop {
            let event = xml.next()?;
            match &event {
                Event::Start(it) => match it.local_name().as_ref() {
                    "si" => text.clear(),
                    "rPh" => is_reading_aid = true,
                    "t" => is_text = !is_reading_aid,
                    _ => {}
                },
                Event::End(it) => match it.local_name().as_ref() {
                    "si" => strings.add(&unescape(&text))?,
                    "rPh" => is_reading_aid = false,
                    "t" => is_text = false,
                    _ => {}
                },
                Event::Eof => return Ok(strings),
                event if is_text => add_text(event, &mut text)?,
                _ => {}
            }
        }
    }

    fn add(&mut self, text: &str) -> Result<(), Trouble> {
        if self.text.len() + text.len() > MOST_TEXT || self.ends.len() == MOST_TEXTS {
            return Err(Trouble::TooLarge);
        }
        self.text.push_str(text);
        let end = u32::try_from(self.text.len()).map_err(|_| Trouble::TooLarge)?;
        self.ends.push(end);
        Ok(())
    }

    /// The text of this number.
    pub(super) fn text(&self, n: usize) -> Option<&str> {
        let end = *self.ends.get(n)?;
        let start = match n.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text
            .get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
    }
}
