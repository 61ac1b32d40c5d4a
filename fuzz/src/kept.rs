//! Texts that were written down, and are said again in each language.

use jindiao_words::{Lang, again};

/// Any text as a reason that a ledger keeps: in English it stays as it is, whatever of the house's
/// own sentences a vendor's words are taken for.
pub fn kept(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let message = again(text);
    assert_eq!(message.in_lang(Lang::En), text);
    let _ = message.in_lang(Lang::Zh);
}
