//! `manifest.jsonl`: what is in a folder of reports, one line a report.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use jindiao_order::{Fen, OrderId, Product, State};
use jindiao_protocol::{Subject, Timestamp};
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

    /// Adds a line, so that the manifest is worth something while a run goes on.
    pub(crate) fn append(&self, entry: &ManifestEntry) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        crate::folder::owner_only(&mut options);
        // One write, so that a crash leaves no half line behind a whole one.
        options.open(&self.path)?.write_all(line(entry).as_bytes())
    }

    /// Writes it anew: `entries`, and what it says of other orders whose files are still there.
    ///
    /// # Errors
    /// If the file cannot be read or written.
    pub fn rewrite(
        &self,
        folder: &Folder,
        entries: impl Iterator<Item = ManifestEntry>,
    ) -> io::Result<()> {
        let mut by_order: BTreeMap<OrderId, ManifestEntry> = BTreeMap::new();
        let kept = match self.read() {
            Ok(lines) => lines,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        for entry in kept.into_iter().flatten() {
            if folder.path(&entry.file).is_file() {
                by_order.insert(entry.order.clone(), entry);
            }
        }
        by_order.extend(entries.map(|entry| (entry.order.clone(), entry)));
        let mut entries: Vec<_> = by_order.into_values().collect();
        entries.sort_by(|a, b| a.file.cmp(&b.file));
        let text: String = entries.iter().map(line).collect();
        let part = self.path.with_extension("jsonl.part");
        let mut file = crate::folder::create_anew(&part)?;
        file.write_all(text.as_bytes())?;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the manifest cannot be read")]
pub struct ManifestError {
    /// Its number, from 1.
    pub line: usize,
}
