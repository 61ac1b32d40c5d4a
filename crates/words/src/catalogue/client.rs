//! What is said: client.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
