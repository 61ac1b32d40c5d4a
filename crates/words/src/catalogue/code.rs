//! What is said: code.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
