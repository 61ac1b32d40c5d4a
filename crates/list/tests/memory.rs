//! Lists of any length, and what is no list, are read in little memory.

use std::io::{self, Read, Seek, SeekFrom};

use allocation_counter::measure;
use jindiao_list::{List, ListChanged, Problems};

const MIB: u64 = 1 << 20;

/// A file whose pieces are made when they are read.
#[derive(Clone)]
struct Made<F> {
    piece: F,
    pieces: u64,
    next: u64,
    left: Vec<u8>,
}

/// `pieces` of them, each made of its number.
fn made<F: Fn(u64, &mut Vec<u8>)>(pieces: u64, piece: F) -> Made<F> {
    Made {
        piece,
        pieces,
        next: 0,
        left: Vec::new(),
    }
}

impl<F: Fn(u64, &mut Vec<u8>)> Read for Made<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.left.len() < buffer.len() && self.next < self.pieces {
            (self.piece)(self.next, &mut self.left);
            self.next += 1;
        }
        let n = self.left.as_slice().read(buffer)?;
        self.left.drain(..n);
        Ok(n)
    }
}

impl<F> Seek for Made<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        assert_eq!(to, SeekFrom::Start(0));
        self.next = 0;
        self.left.clear();
        Ok(0)
    }
}

/// A list of so many companies.
fn companies(n: u64) -> impl Read + Seek + Send + 'static {
    made(n + 1, |n, text| match n {
        0 => text.extend(b"product,company\n"),
        n => text.extend(format!("qcc/snapshot,{n:09}号有限责任公司\n").bytes()),
    })
}

/// Opens it and gives what is wrong with it, in no more than `most` bytes.
fn wrong(file: impl Read + Seek + Send + 'static, most: u64) -> Problems {
    let mut problems = None;
    let used = measure(|| problems = List::read("a.csv", file).err());
    assert!(used.bytes_max < most, "{used:?}");
    problems.expect("it is no list")
}

#[test]
fn a_long_list_is_checked_in_little_memory() {
    const LINES: u64 = 50_000;
    let mut list = None;
    let used = measure(|| list = List::read("a.csv", companies(LINES)).ok());
    // What tells twins apart, and nothing else, grows with the list.
    assert!(used.bytes_max < MIB + 48 * LINES, "{used:?}");

    let mut list = list.expect("a list");
    assert_eq!(list.lines(), LINES);
    let mut lines = 0;
    let used = measure(|| {
        let read = list.each(|_| {
            lines += 1;
            Ok::<_, ListChanged>(())
        });
        assert!(read.is_ok());
    });
    assert!(used.bytes_max < MIB / 2, "{used:?}");
    assert_eq!(lines, LINES);
}

#[test]
fn a_line_of_10_mb_is_refused_with_its_number() {
    for piece in ["x", "甲", "\u{1f600}", "\"\"", " ", ",", "\0"] {
        let file = made(10 * 1024 + 2, move |n, text| match n {
            0 => text.extend(b"product,company\nqcc/snapshot,\xe7\x94\xb2\n"),
            n if n % 1025 == 0 => text.extend(b"x"),
            _ => text.extend(piece.repeat(1024 / piece.len()).bytes()),
        });
        let problems = wrong(file, 2 * MIB);
        assert_eq!(
            problems.kept()[0].to_string(),
            "a.csv:3: the line is longer than 1 MiB: this is no list",
            "{piece:?}"
        );
        assert_eq!(problems.count(), 1);
    }
}

#[test]
fn what_never_ends_is_given_up_soon() {
    for (begin, piece) in [
        ("", b"x".as_slice()),
        ("", b"\xff"),
        // 啊 in GB18030, and half of it.
        ("", b"\xb0\xa1"),
        ("product,company\n", b"\0"),
        ("product,company\n\"", b"\t"),
        ("\u{feff}", b"\xff"),
    ] {
        let file = made(u64::MAX, move |n, text| {
            if n == 0 {
                text.extend(begin.bytes());
            }
            text.extend(piece.repeat(1024));
        });
        wrong(file, 2 * MIB);
    }
    let utf_16 = made(u64::MAX, |n, text| {
        // 上 has the byte of a line's end in it.
        match n {
            0 => text.extend(b"\xff\xfe"),
            _ => text.extend(b"\x0a\x4e".repeat(512)),
        }
    });
    wrong(utf_16, 2 * MIB);
}

#[test]
fn a_quoted_text_over_many_lines_is_not_kept() {
    let file = made(9 << 10, |n, text| match n {
        0 => text.extend("product,company\nqcc/snapshot,\"".bytes()),
        _ => text.extend("甲乙\n".repeat(146).bytes()),
    });
    let problems = wrong(file, 4 * MIB);
    assert_eq!(
        problems.kept()[0].to_string(),
        "a.csv:2: what begins here is longer than 1 MiB: is a quotation mark (\") left open?"
    );
}

#[test]
fn a_list_of_nothing_but_problems_is_told_in_part() {
    let file = made(3_000, |n, text| match n {
        0 => text.extend(b"product,company\n"),
        n => text.extend(format!("qcc/{n}-{},x\n", "y".repeat(500)).bytes()),
    });
    let problems = wrong(file, 2 * MIB);
    assert_eq!(problems.kept().len(), 1000);
    assert_eq!(problems.count(), 2_999);
}
