//! What is said: list.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
