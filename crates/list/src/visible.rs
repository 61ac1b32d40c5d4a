//! Characters that nobody sees, and those that a terminal obeys.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether nobody sees it: marks that turn the direction of writing, blanks of no width, tags. Two
/// names that differ in one of these look alike.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// The text as it can be shown on a terminal: control characters, but for line breaks, and what
/// nobody sees are written as `\u{1b}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| !is_invisible(c) && (!c.is_control() || c == '\n');
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_plain(c) {
            shown.push(c);
        } else {
            // Writing to a string does not fail.
            let _ = write!(shown, "{}", c.escape_unicode());
        }
    }
    Cow::Owned(shown)
}

/// The first characters of a text, for messages.
pub(crate) fn shorten(text: &str) -> String {
    let mut short: String = text
        .chars()
        .filter(|c| !c.is_control() && !is_invisible(*c))
        .take(40)
        .collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys() {
        let check = |text: &str, expect: &str| assert_eq!(visible(text), expect);
        check("小米（北京）\nA b", "小米（北京）\nA b");
        check("a\u{1b}[2Jb\r", "a\\u{1b}[2Jb\\u{d}");
        check("fdp.\u{202e}exe", "fdp.\\u{202e}exe");
        check("a\u{9b}b\u{7f}", "a\\u{9b}b\\u{7f}");
    }
}
