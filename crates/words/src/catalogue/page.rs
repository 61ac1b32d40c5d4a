//! What is said: page.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
