//! A list written back with what became of each line, ready to send on.
//!
//! What stands in the list is copied when the orders are made: hours later, when they are stored, the
//! file may be another.

mod outcome;
mod place;
mod sheet;

use std::ffi::OsStr;
use std::io::{self, BufReader, Seek as _};
use std::path::{Path, PathBuf};

use jindiao_list::{List, is_result, results};
use jindiao_words::{Lang, Message, Say as _, say};
use tempfile::SpooledTempFile;

use crate::error::CliError;

pub(crate) use outcome::Outcome;
use place::{folder_of, put};
use sheet::{Book, Cell, ExportError, Sheet};

/// The lines that a sheet has below its heading.
const MOST_ROWS: u64 = (1 << 20) - 1;
/// How much of the copy is kept in memory.
const MOST_KEPT: usize = 1 << 20;

/// Where a list is to be written to.
#[derive(Debug, Clone)]
pub(crate) struct Export {
    path: PathBuf,
    is_workbook: bool,
}

impl Export {
    /// To a file, which must be none of `others` and end with `.xlsx` or `.csv`.
    pub(crate) fn to(path: &Path, others: &[&Path]) -> Result<Self, CliError> {
        let wrong = |why: Message| {
            Err(CliError::usage(say!(
                "nothing was ordered: --export {path}: {why}",
                path = path.display(),
                why
            )))
        };
        let extension = path.extension().map(OsStr::to_ascii_lowercase);
        let is_workbook = match extension.as_ref().and_then(|it| it.to_str()) {
            Some("xlsx") => true,
            Some("csv") => false,
            _ => return wrong(say!("the name must end with .xlsx or .csv")),
        };
        let same = |other: &&Path| match (path.canonicalize(), other.canonicalize()) {
            (Ok(a), Ok(b)) => a == b,
            _ => path == *other,
        };
        if others.iter().any(same) {
            return wrong(say!(
                "that is the list itself, or the ledger: name another file"
            ));
        }
        if path.is_dir() {
            return wrong(say!("that is a folder"));
        }
        if !folder_of(path).is_dir() {
            return wrong(say!("its folder is not there"));
        }
        Ok(Self {
            path: path.to_owned(),
            is_workbook,
        })
    }

    /// Begins the copy of a list, if it has not too many lines.
    pub(crate) fn begin(&self, list: &List) -> Result<Kept, CliError> {
        if self.is_workbook && list.lines() > MOST_ROWS {
            return Err(CliError::usage(say!(
                "nothing was ordered: a workbook has {most} lines, and the list {lines}",
                most = MOST_ROWS,
                lines = list.lines()
            ))
            .hint(say!("export it as .csv")));
        }
        let headings = list.headings();
        let is_chinese = headings.iter().any(|it| !it.is_ascii());
        Ok(Kept {
            export: self.clone(),
            // What an earlier export said is said anew.
            own: headings.iter().map(|it| !is_result(it)).collect(),
            headings: headings.to_vec(),
            is_chinese,
            copy: csv::WriterBuilder::new()
                .flexible(true)
                .from_writer(SpooledTempFile::new(MOST_KEPT)),
        })
    }
}

/// The copy of a list.
pub(crate) struct Kept {
    export: Export,
    headings: Vec<String>,
    /// Which columns are the list's own.
    own: Vec<bool>,
    is_chinese: bool,
    copy: csv::Writer<SpooledTempFile>,
}

impl Kept {
    /// Copies a line, which has this number.
    pub(crate) fn keep(
        &mut self,
        line: u64,
        cells: &mut dyn Iterator<Item = &str>,
    ) -> Result<(), CliError> {
        let copied = (|| {
            self.copy.write_field(line.to_string())?;
            for text in cells {
                self.copy.write_field(text)?;
            }
            self.copy.write_record(None::<&[u8]>)
        })();
        copied.map_err(|error| {
            CliError::usage(say!(
                "nothing was ordered: the list cannot be copied for --export"
            ))
            .because(error)
        })
    }

    /// Begins to write the list.
    pub(crate) fn writing(self) -> Result<Writing, CliError> {
        let path = self.export.path.clone();
        Writing::new(self).map_err(|error| error.of(&path))
    }
}

/// A list that is being written.
pub(crate) struct Writing {
    path: PathBuf,
    copy: csv::Reader<BufReader<SpooledTempFile>>,
    row: csv::StringRecord,
    /// The columns that are the list's own, counted from 0.
    columns: Vec<usize>,
    is_chinese: bool,
    sheet: Sheet,
    lines: u64,
}

impl Writing {
    fn new(kept: Kept) -> Result<Self, ExportError> {
        let Kept {
            export,
            headings,
            own,
            is_chinese,
            copy,
        } = kept;
        let mut copy = copy.into_inner().map_err(csv::IntoInnerError::into_error)?;
        copy.rewind()?;
        let copy = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(BufReader::new(copy));
        let columns: Vec<usize> = (0..headings.len())
            .filter(|n| own.get(*n).copied().unwrap_or_default())
            .collect();
        let file = tempfile::Builder::new()
            .prefix(".jindiao-export-")
            .tempfile_in(folder_of(&export.path))?;
        let mut sheet = if export.is_workbook {
            Sheet::Book(Box::new(Book::new(file, columns.len(), is_chinese)?))
        } else {
            Sheet::csv(file)?
        };
        let head = columns.iter().filter_map(|n| headings.get(*n));
        let head = head.map(|text| Cell::Text(text.as_str()));
        let head: Vec<_> = head.chain(results(is_chinese).map(Cell::Text)).collect();
        sheet.row(&head)?;
        Ok(Self {
            path: export.path,
            copy,
            row: csv::StringRecord::new(),
            columns,
            is_chinese,
            sheet,
            lines: 0,
        })
    }

    /// Writes the next line of the list, which has this number.
    pub(crate) fn line(&mut self, line: u64, outcome: &Outcome) -> Result<(), CliError> {
        self.try_line(line, outcome)
            .map_err(|error| error.of(&self.path))
    }

    fn try_line(&mut self, line: u64, outcome: &Outcome) -> Result<(), ExportError> {
        let is_next = self.copy.read_record(&mut self.row)?
            && self.row.get(0).and_then(|it| it.parse().ok()) == Some(line);
        if !is_next {
            return Err(io::Error::other(say!("the orders are not those of the list")).into());
        }
        let own = self.columns.iter();
        let own = own.map(|n| Cell::Text(self.row.get(n + 1).unwrap_or_default()));
        let (lang, reason) = if self.is_chinese {
            (Lang::Zh, &outcome.reason_in_chinese)
        } else {
            (Lang::En, &outcome.reason)
        };
        let state = outcome.state.say().in_lang(lang);
        let cells: Vec<_> = own
            .chain([
                Cell::Text(&state),
                Cell::of(&outcome.file),
                Cell::Text(&outcome.order),
                Cell::of(&outcome.reference),
                Cell::Money(outcome.cost),
                Cell::of(reason),
            ])
            .collect();
        self.sheet.row(&cells)?;
        self.lines += 1;
        Ok(())
    }

    /// Puts it in its place.
    pub(crate) fn finish(self) -> Result<Written, CliError> {
        let path = self.path;
        let finished = self.sheet.finish().and_then(|mut file| {
            file.as_file_mut().sync_all()?;
            Ok(put(file, &path)?)
        });
        match finished {
            Ok(kept) => Ok(Written {
                path,
                lines: self.lines,
                kept,
            }),
            Err(error) => Err(error.of(&path)),
        }
    }
}

/// What was written.
pub(crate) struct Written {
    pub(crate) path: PathBuf,
    pub(crate) lines: u64,
    /// Where the file is that was there before.
    pub(crate) kept: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use jindiao_list::{ListChanged, cells};
    use jindiao_order::{Fen, StateName};

    use super::*;

    fn outcome(order: &str) -> Outcome {
        let is_stored = order == "1";
        Outcome {
            order: order.to_owned(),
            state: if is_stored {
                StateName::Stored
            } else {
                StateName::Refused
            },
            file: is_stored.then(|| "qcc/snapshot/甲-1.png".to_owned()),
            reference: is_stored.then(|| "1579434053399035904".to_owned()),
            cost: Fen::new(if is_stored { 12_00 } else { 0 }),
            reason: (!is_stored).then(|| "=no".to_owned()),
            reason_in_chinese: (!is_stored).then(|| "被拒绝（=no）".to_owned()),
        }
    }

    /// What is in the file after a list was exported to it, and where the earlier one is.
    fn exported(list: &str, path: &Path) -> (Vec<Vec<String>>, Option<PathBuf>) {
        let mut list = List::read("a.csv", Cursor::new(list.to_owned())).expect("a list");
        let export = Export::to(path, &[]).expect("a file");
        let mut kept = export.begin(&list).expect("a copy");
        let mut n = 0;
        list.each_with_cells(|_, cells| {
            n += 1;
            assert!(kept.keep(n, cells).is_ok());
            Ok::<_, ListChanged>(())
        })
        .expect("the same list");
        let Ok(mut writing) = kept.writing() else {
            panic!("it can be written")
        };
        for n in 1..=n {
            assert!(writing.line(n, &outcome(&n.to_string())).is_ok());
        }
        let Ok(written) = writing.finish() else {
            panic!("it is written")
        };
        assert_eq!(written.lines, n);
        let rows = cells(path).expect("a table");
        let rows = rows.into_iter().map(|(_, mut row)| {
            // Empty cells at the end of a row need not be there.
            while row.last().is_some_and(String::is_empty) {
                row.pop();
            }
            row
        });
        (rows.collect(), written.kept)
    }

    #[test]
    fn a_list_comes_back_with_what_became_of_it() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["a.csv", "a.XLSX"] {
            let path = folder.path().join(name);
            let list = "product,credit_code,company,remark\nqcc/snapshot,91110108551385082Q,,20190415152645093983751\nqcc/snapshot,,@甲,=1+1\n";
            let (rows, kept) = exported(list, &path);
            assert_eq!(
                rows,
                [
                    vec![
                        "product",
                        "credit_code",
                        "company",
                        "remark",
                        "state",
                        "file",
                        "order",
                        "vendor reference",
                        "cost (yuan)",
                        "reason"
                    ],
                    vec![
                        "qcc/snapshot",
                        "91110108551385082Q",
                        "",
                        "20190415152645093983751",
                        "stored",
                        "qcc/snapshot/甲-1.png",
                        "1",
                        "1579434053399035904",
                        if name == "a.csv" { "12.00" } else { "12" }
                    ],
                    vec![
                        "qcc/snapshot",
                        "",
                        "@甲",
                        "=1+1",
                        "refused",
                        "",
                        "2",
                        "",
                        if name == "a.csv" { "0.00" } else { "0" },
                        "=no"
                    ],
                ]
            );
            assert_eq!(kept, None);
        }
        let text = std::fs::read_to_string(folder.path().join("a.csv")).expect("a file");
        assert!(
            text.starts_with('\u{feff}')
                && text.contains(",'@甲,'=1+1,")
                && text.contains(",'20190415152645093983751,"),
            "{text}"
        );
    }

    #[test]
    fn in_the_language_of_the_list_and_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        let (rows, _) = exported("报告类型,公司名称\n企业快照,甲\n企业快照,乙\n", &path);
        assert_eq!(
            rows[0],
            [
                "报告类型",
                "公司名称",
                "状态",
                "文件",
                "订单",
                "供应商单号",
                "费用（元）",
                "原因"
            ]
        );
        assert_eq!(
            rows[2],
            [
                "企业快照",
                "乙",
                "被拒绝",
                "",
                "2",
                "",
                "0.00",
                "被拒绝（=no）"
            ]
        );
        // What was exported is a list, and is exported as it was.
        let text = std::fs::read_to_string(&path).expect("a file");
        let (again, kept) = exported(&text, &path);
        assert_eq!((again, kept), (rows, None));
    }

    #[test]
    fn what_was_there_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        let list = "product,company\nqcc/snapshot,甲\n";
        for (mine, expect) in [("mine", "a.csv.bak"), ("mine, too", "a.csv.bak2")] {
            std::fs::write(&path, mine).expect("a file");
            let (_, kept) = exported(list, &path);
            let kept = kept.expect("another file");
            assert_eq!(kept, folder.path().join(expect));
            assert_eq!(std::fs::read_to_string(kept).expect("a file"), mine);
        }
        assert_eq!(exported(list, &path).1, None, "nobody changed it");
        let mut names: Vec<_> = std::fs::read_dir(folder.path())
            .expect("a folder")
            .map(|it| it.expect("an entry").file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["a.csv", "a.csv.bak", "a.csv.bak2"]);
    }

    #[test]
    fn where_nothing_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let list = folder.path().join("list.csv");
        std::fs::write(&list, "x").expect("a file");
        let check = |path: &Path, expect: &str| {
            let error = Export::to(path, &[&list]).expect_err(expect).report();
            assert!(error.contains(expect), "{error}");
        };
        check(Path::new("a.txt"), ".xlsx or .csv");
        check(Path::new("csv"), ".xlsx or .csv");
        check(&folder.path().join(".").join("list.csv"), "the list itself");
        check(
            &folder.path().join("nowhere/a.csv"),
            "its folder is not there",
        );
        std::fs::create_dir(folder.path().join("b.csv")).expect("a folder");
        check(&folder.path().join("b.csv"), "a folder");
    }
}
