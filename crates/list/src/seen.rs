//! Which reports were asked for already, in little memory.

use std::collections::HashMap;

use jindiao_order::Fingerprint;

/// How many tables there are: so many that one can grow without much being there twice.
const TABLES: usize = 64;

/// The reports that were asked for, and in which line: 20 to 40 bytes for each.
///
/// Twelve bytes of a fingerprint are told apart: that two of ten million reports share them by
/// chance is less likely than one in a thousand million million, and would be a complaint and no
/// order.
pub(crate) struct Seen {
    tables: Vec<HashMap<[u8; 12], u32>>,
    count: u64,
}

impl Seen {
    pub(crate) fn new() -> Self {
        Self {
            tables: (0..TABLES).map(|_| HashMap::new()).collect(),
            count: 0,
        }
    }

    /// How many different ones there are.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The line that asked for it before, if one did; else it is asked for in `line` from now on.
    pub(crate) fn before(&mut self, fingerprint: &Fingerprint, line: u64) -> Option<u64> {
        let [table, rest @ ..] = fingerprint.as_bytes();
        let (key, _) = rest.split_first_chunk::<12>()?;
        let table = self.tables.get_mut(usize::from(*table) % TABLES)?;
        let first = table.get(key).copied().map(u64::from);
        if first.is_none() {
            table.insert(*key, u32::try_from(line).unwrap_or(u32::MAX));
            self.count += 1;
        }
        first
    }
}
