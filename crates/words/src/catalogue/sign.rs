//! What is said: sign.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
