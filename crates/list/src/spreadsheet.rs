//! What spreadsheet programs make of a text.

/// So many digits of a number do they keep.
pub(crate) const EXACT: usize = 15;

/// Whether a spreadsheet made something else of a long number.
pub fn is_mangled(text: &str) -> bool {
    is_scientific(text) || is_rounded(text)
}

/// Without white space, byte-order marks and zero-width blanks around it, and without the two ways
/// in which spreadsheets are told to take a number for text: `="0123"` and `'0123`.
pub(crate) fn clean(text: &str) -> &str {
    let trim = |text| {
        str::trim_matches(text, |c: char| {
            c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}')
        })
    };
    let text = trim(text);
    let text = text
        .strip_prefix("=\"")
        .and_then(|text| text.strip_suffix('"'))
        .filter(|text| !text.contains('"'))
        .unwrap_or(text);
    trim(text.strip_prefix('\'').unwrap_or(text))
}

/// `9.11E+17`: what a spreadsheet makes of a long number.
pub(crate) fn is_scientific(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let Some((number, exponent)) = text.split_once("E+").or_else(|| text.split_once("e+")) else {
        return false;
    };
    let (whole, places) = number.split_once('.').unwrap_or((number, "0"));
    digits(whole) && digits(places) && digits(exponent)
}

/// What a spreadsheet shows where a formula has no value.
pub(crate) fn is_error(text: &str) -> bool {
    const ERRORS: [&str; 9] = [
        "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!",
    ];
    ERRORS.contains(&text)
}

/// Whether all digits are zeros beyond those that are kept.
pub(crate) fn is_rounded(text: &str) -> bool {
    text.len() > EXACT
        && text.bytes().all(|b| b.is_ascii_digit())
        && text.bytes().skip(EXACT).all(|b| b == b'0')
}
