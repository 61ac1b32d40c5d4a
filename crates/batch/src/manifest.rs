//! `manifest.jsonl`: what is in a folder of reports, one line a report.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use jindiao_order::{Fen, OrderId, Product, State};
use jindiao_protocol::{Subject, Timestamp};
use jindiao_words::{Message, Say, say};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::{Entry, Folder};

/// The manifest of a folder of reports.
#[derive(Debug, Clone)]
pub struct Manifest {
    path: PathBuf,
}

/// One report in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestEntry {
    /// The order's id.
    pub order: OrderId,
    /// What was ordered.
    pub product: Product,
    /// What it is about.
    pub subject: Subject,
    /// The file below the folder, with `/` between the parts.
    pub file: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256 digest in hex.
    pub sha256: String,
    /// When the vendor took the order.
    pub placed_at: Timestamp,
    /// When the report was stored.
    pub stored_at: Timestamp,
    /// The vendor's reference, where it has one.
    pub reference: Option<String>,
    /// What it cost, in fen.
    pub cost_fen: Fen,
}

impl ManifestEntry {
    /// The line of a stored order; `None` for any other.
    pub fn of(entry: &Entry) -> Option<Self> {
        let State::Stored {
            placement,
            report,
            at,
        } = entry.order.state()
        else {
            return None;
        };
        Some(Self {
            order: entry.order.id().clone(),
            product: entry.order.wanted().product(),
            subject: entry.order.wanted().subject().clone(),
            file: report.file.clone(),
            size: report.size,
            sha256: report.sha256.clone(),
            placed_at: placement.at,
            stored_at: *at,
            reference: placement.reference.clone(),
            cost_fen: entry.charged(),
        })
    }
}

impl Manifest {
    /// The manifest of `folder`.
    pub fn of(folder: &Folder) -> Self {
        Self::at(folder.root())
    }

    /// The manifest of the folder at `root`.
    pub fn at(root: &Path) -> Self {
        Self {
            path: root.join("manifest.jsonl"),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads it: each line as an entry, or as an error with its number.
    ///
    /// # Errors
    /// If the file is not there or cannot be read.
    pub fn read(&self) -> io::Result<Vec<Result<ManifestEntry, ManifestError>>> {
        let file = std::fs::File::open(&self.path)?;
        let mut entries = Vec::new();
        for (n, line) in BufReader::new(file).lines().enumerate() {
            let line = line?;
            if !line.trim().is_empty() {
                entries
                    .push(serde_json::from_str(&line).map_err(|_| ManifestError { line: n + 1 }));
            }
        }
        Ok(entries)
    }

    /// Opens it to add lines, so that it is worth something while a run goes on.
    pub(crate) fn append(&self) -> io::Result<Appender> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        crate::folder::owner_only(&mut options);
        options.open(&self.path).map(Appender)
    }

    /// Writes it anew: `entries`, and what it says of other orders whose files are still there.
    ///
    /// # Errors
    /// If the file cannot be read or written.
    pub fn rewrite(
        &self,
        folder: &Folder,
        mut entries: impl Iterator<Item = ManifestEntry>,
    ) -> io::Result<()> {
        let anew = self.begin_anew(folder)?;
        entries.try_for_each(|entry| anew.add(&entry))?;
        anew.finish()
    }

    /// Begins to write it anew, with what it says of orders whose files are still there.
    pub(crate) fn begin_anew(&self, folder: &Folder) -> io::Result<Anew> {
        let anew = Anew {
            path: self.path.clone(),
            lines: sorting().map_err(io::Error::other)?,
        };
        let file = match std::fs::File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(anew),
            Err(error) => return Err(error),
        };
        for line in BufReader::new(file).lines() {
            let entry = serde_json::from_str::<ManifestEntry>(&line?);
            if let Ok(entry) = entry
                && folder.path(&entry.file).is_file()
            {
                anew.add(&entry)?;
            }
        }
        Ok(anew)
    }
}

/// A manifest while a run goes on.
#[derive(Debug)]
pub(crate) struct Appender(File);

impl Appender {
    /// Adds a line.
    pub(crate) fn add(&mut self, entry: &ManifestEntry) -> io::Result<()> {
        // One write, so that a crash leaves no half line behind a whole one.
        self.0.write_all(line(entry).as_bytes())
    }
}

/// A manifest that is written anew. It is sorted in a file, since it may have millions of lines.
#[derive(Debug)]
pub(crate) struct Anew {
    path: PathBuf,
    lines: Connection,
}

/// A database that is in memory as long as it is small, and goes when it is closed.
fn sorting() -> rusqlite::Result<Connection> {
    let lines = Connection::open("")?;
    lines.execute_batch(
        "PRAGMA synchronous = off;
         PRAGMA journal_mode = off;
         CREATE TABLE lines (id TEXT PRIMARY KEY, file TEXT NOT NULL, line TEXT NOT NULL) STRICT;
         BEGIN;",
    )?;
    Ok(lines)
}

impl Anew {
    /// Adds the line of an order, in place of an older one.
    pub(crate) fn add(&self, entry: &ManifestEntry) -> io::Result<()> {
        self.lines
            .prepare_cached("INSERT OR REPLACE INTO lines (id, file, line) VALUES (?1, ?2, ?3)")
            .and_then(|mut statement| {
                statement.execute(params![entry.order.as_str(), entry.file, line(entry)])
            })
            .map(drop)
            .map_err(io::Error::other)
    }

    /// Puts it in place of the old one.
    pub(crate) fn finish(self) -> io::Result<()> {
        let part = self.path.with_extension("jsonl.part");
        let mut file = BufWriter::new(crate::folder::create_anew(&part)?);
        let mut sorted = self
            .lines
            .prepare("SELECT line FROM lines ORDER BY file")
            .map_err(io::Error::other)?;
        let mut rows = sorted.query([]).map_err(io::Error::other)?;
        while let Some(row) = rows.next().map_err(io::Error::other)? {
            let line = row.get_ref(0).map_err(io::Error::other)?;
            let line = line.as_str().map_err(io::Error::other)?;
            file.write_all(line.as_bytes())?;
        }
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        std::fs::rename(&part, &self.path)
    }
}

fn line(entry: &ManifestEntry) -> String {
    let json =
        serde_json::to_string(entry).expect("an entry has string keys and finite numbers only");
    json + "\n"
}

/// A line of a manifest cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManifestError {
    /// Its number, from 1.
    pub line: usize,
}

impl Say for ManifestError {
    fn say(&self) -> Message {
        say!(
            "line {line} of the manifest cannot be read",
            line = self.line
        )
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for ManifestError {}
