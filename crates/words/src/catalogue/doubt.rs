//! What is said: doubt.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
