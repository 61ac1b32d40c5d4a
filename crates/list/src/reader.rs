//! From the records of a list to what they ask for.

use std::io;
use std::ops::ControlFlow;

use jindiao_words::{Message, say};

use crate::form::Form;
use crate::header::Header;
use crate::records::{Record, each_record};
use crate::source::Source;
use crate::{Field, Hidden, ListLine, Problems, Reading};

/// What a reader is told of a list beside its lines.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// How many cells were what a formula gave.
    pub(crate) formulas: u64,
    /// How many rows were left out because nobody sees them.
    pub(crate) skipped: u64,
}

impl Told {
    /// What a person should know, beside what is known of the form.
    pub(crate) fn note(&self, form: Option<Message>) -> Option<Message> {
        let mut notes: Vec<_> = form.into_iter().collect();
        match self.formulas {
            0 => {}
            1 => notes.push(
                say!("one cell has a formula: its text is taken as the spreadsheet program computed it last")
            ),
            n => notes.push(say!(
                "{n} cells have formulas: their texts are taken as the spreadsheet program computed them last",
                n
            )),
        }
        match self.skipped {
            0 => {}
            1 => notes.push(say!("one hidden row was left out")),
            n => notes.push(say!("{n} hidden rows were left out", n)),
        }
        (!notes.is_empty()).then(|| Message::joined(notes, say!("; ")))
    }
}

/// A line in which nothing is wrong, as it is read.
pub(crate) struct Read<'a> {
    pub(crate) line: ListLine,
    pub(crate) header: &'a Header,
    pub(crate) record: &'a Record<'a>,
}

/// Hands over all lines in which nothing is wrong, until it says that that is enough. What is wrong
/// is in `problems`. Gives the error if the source cannot be read.
pub(crate) fn read(
    source: &mut Source,
    form: &Form,
    reading: &Reading,
    told: &mut Told,
    problems: &mut Problems,
    mut each: impl FnMut(Read<'_>, &mut Problems) -> ControlFlow<()>,
) -> Option<io::Error> {
    let mut header = None;
    let mut is_empty = true;
    let failed = each_record(source, form, problems, |record, problems| {
        if problems.are_enough() {
            return ControlFlow::Break(());
        }
        if record.is_open {
            let message =
                say!("a quotation mark (\") is left open: there is an odd number of them");
            problems.add(Some(record.line), None, message);
            return ControlFlow::Continue(());
        }
        if record.is_hidden {
            match reading.hidden {
                Hidden::Refuse => problems.add(Some(record.line), None, hidden_row()),
                Hidden::Skip => {
                    told.skipped += 1;
                    return ControlFlow::Continue(());
                }
                Hidden::Take => {}
            }
        }
        let header = match &mut header {
            Some(header) => header,
            none => match Header::read(record, reading, problems) {
                None => return ControlFlow::Break(()),
                Some(read) if read.is_bare => none.insert(read),
                Some(read) => {
                    *none = Some(read);
                    return ControlFlow::Continue(());
                }
            },
        };
        let Some(wanted) = header.wanted(record, problems) else {
            return ControlFlow::Continue(());
        };
        is_empty = false;
        told.formulas += record.formulas;
        let line = ListLine {
            line: record.line,
            wanted,
        };
        each(
            Read {
                line,
                header,
                record,
            },
            problems,
        )
    });
    if failed.is_none() && problems.count() == 0 {
        if header.is_none() {
            let names = Field::names();
            let message = say!(
                "the list is empty: it starts with a header ({names})",
                names
            );
            problems.add(None, None, message);
        } else if is_empty {
            let message = say!("the list is empty: there is nothing below the header");
            problems.add(None, None, message);
        }
    }
    failed
}

fn hidden_row() -> Message {
    say!(
        "the row is hidden, by hand or by a filter: show it or delete it, or say what is to become of it (--hidden skip, --hidden take)"
    )
}
