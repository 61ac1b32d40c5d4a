//! What is said: resolve.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
