//! What is said: clap.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
