//! What is said: verify.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
