//! Data on stdout, as text or as JSON Lines; everything else on stderr.

use std::io::{self, IsTerminal as _, Write};

use jindiao_list::visible;
use jindiao_words::{Message, say};
use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use crate::error::{CliError, Kind};
use crate::locale;

/// Where data goes. A reader that has gone away (`| head`) is no error and stops nothing.
pub(crate) struct Output {
    json: bool,
    out: Box<dyn Write + Send>,
    failed: Option<io::Error>,
}

impl Output {
    /// Data to stdout; JSON Lines if `json`.
    pub(crate) fn stdout(json: bool) -> Self {
        Self::to(json, Box::new(io::stdout()))
    }

    pub(crate) fn to(json: bool, out: Box<dyn Write + Send>) -> Self {
        Self {
            json,
            out,
            failed: None,
        }
    }

    /// Whether data is written as JSON Lines.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// A line of text, for people: nothing in it that a terminal obeys.
    pub(crate) fn line(&mut self, text: impl Into<Message>) {
        self.write(&visible(&spoken(text)));
    }

    /// A text that a program takes as it is.
    pub(crate) fn script(&mut self, text: &str) {
        self.write(text);
    }

    /// A line of JSON: `{"type":…,"data":…}`.
    pub(crate) fn record(&mut self, kind: &str, data: &impl Serialize) {
        #[derive(Serialize)]
        struct Record<'a, T> {
            r#type: &'a str,
            data: &'a T,
        }
        match serde_json::to_string(&Record { r#type: kind, data }) {
            Ok(text) => self.write(&text),
            Err(error) => self.failed = Some(error.into()),
        }
    }

    fn write(&mut self, text: &str) {
        if self.failed.is_none() {
            // Flushed line by line: whoever follows a run sees each line when it happens.
            let written = writeln!(self.out, "{text}").and_then(|()| self.out.flush());
            self.failed = written.err();
        }
    }

    /// Whether everything was written, as far as anybody wanted to read it.
    pub(crate) fn finish(self) -> Result<(), CliError> {
        match self.failed {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(CliError::new(Kind::NotStored, say!("cannot write the output")).because(error))
            }
            _ => Ok(()),
        }
    }
}

/// A line for people on stderr, whatever becomes of it, and nothing in it that a terminal obeys:
/// lists and vendors have their say in it.
pub(crate) fn note(text: impl Into<Message>) {
    let _ = writeln!(io::stderr(), "{}", visible(&spoken(text)));
}

/// A text in the language of the program.
pub(crate) fn spoken(text: impl Into<Message>) -> String {
    text.into().in_lang(locale::lang())
}

/// Whether somebody sits at the terminal who can be asked.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks on the terminal; anything but yes is no.
pub(crate) fn ask(question: impl Into<Message>) -> bool {
    let question = spoken(question);
    let _ = write!(io::stderr(), "{question}").and_then(|()| io::stderr().flush());
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "是")
}

/// Shows a table of cells that are in the language of the program already.
pub(crate) fn show(rows: &[Vec<String>], out: &mut Output) {
    for line in table(rows) {
        out.line(Message::verbatim(line));
    }
}

/// A table with its headings, in the language of the program.
pub(crate) fn with_head<const N: usize>(
    head: [Message; N],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Vec<Vec<String>> {
    [head.map(spoken).to_vec()]
        .into_iter()
        .chain(rows)
        .collect()
}

/// Rows as columns of equal width, two blanks between them. Wide characters count as two.
pub(crate) fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|n| {
            rows.iter()
                .filter_map(|row| row.get(n))
                .map(|cell| cell.width())
                .max()
                .unwrap_or(0)
        })
        .collect();
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            for (cell, most) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', most - cell.width() + 2));
            }
            line.truncate(line.trim_end().len());
            line
        })
        .collect()
}

/// The text with blanks behind it, up to so many columns.
pub(crate) fn padded(text: &str, columns: usize) -> String {
    let blanks = columns.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(blanks))
}

#[cfg(test)]
pub(crate) mod testing {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::Output;

    /// What was written to an output.
    #[derive(Clone, Default)]
    pub(crate) struct Written(Arc<Mutex<Vec<u8>>>);

    impl Written {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().expect("no panic").clone()).expect("UTF-8")
        }
    }

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// An output and what is written to it.
    pub(crate) fn output(json: bool) -> (Output, Written) {
        let written = Written::default();
        (Output::to(json, Box::new(written.clone())), written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_line() {
        let (mut out, written) = testing::output(true);
        out.record("thing", &serde_json::json!({"text": "a\nb"}));
        assert_eq!(
            written.text(),
            "{\"type\":\"thing\",\"data\":{\"text\":\"a\\nb\"}}\n"
        );
    }

    #[test]
    fn a_terminal_is_told_nothing() {
        let (mut out, written) = testing::output(false);
        out.line(Message::verbatim("甲\u{1b}[2J\u{202e}\r乙\n丙"));
        assert_eq!(written.text(), "甲\\u{1b}[2J\\u{202e}\\u{d}乙\n丙\n");
    }

    struct Broken(io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_broken_pipe_is_quiet_and_a_full_disk_is_not() {
        let finish = |kind| {
            let mut out = Output::to(false, Box::new(Broken(kind)));
            out.line(Message::verbatim("text"));
            out.finish()
        };
        assert!(finish(io::ErrorKind::BrokenPipe).is_ok());
        assert!(finish(io::ErrorKind::StorageFull).is_err());
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let rows = [
            vec!["小米".to_owned(), "1".to_owned()],
            vec!["abcde".to_owned(), "2".to_owned()],
        ];
        assert_eq!(table(&rows), ["小米   1", "abcde  2"]);
    }
}
