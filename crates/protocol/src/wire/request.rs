//! What all vendors' requests are made of.

use http::HeaderValue;

/// `path` with the parameters `query` behind it, each a name and a raw value: of the values
/// everything but letters, digits and `-._~` is percent-encoded.
pub fn target<'a>(path: &str, query: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    // Room for any of the vendors' samples.
    let mut target = Vec::with_capacity(256);
    target.extend_from_slice(path.as_bytes());
    for (n, (name, value)) in query.into_iter().enumerate() {
        target.push(if n == 0 { b'?' } else { b'&' });
        target.extend_from_slice(name.as_bytes());
        target.push(b'=');
        // A byte at a time: an encoder of runs makes one of each byte of a Chinese name.
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                target.push(byte);
            } else {
                let [front, back] = [byte >> 4, byte & 15].map(|digit| HEX[usize::from(digit)]);
                target.extend_from_slice(&[b'%', front, back]);
            }
        }
    }
    String::from_utf8(target).expect("texts, and ASCII between them")
}

/// A header value that HTTP stacks keep out of their logs: a credential or a signature.
///
/// # Errors
/// Where it is not visible ASCII.
pub fn sensitive(text: &str) -> Result<HeaderValue, http::Error> {
    let mut value = HeaderValue::from_str(text)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded_and_names_are_not() {
        let check = |query: &[(&str, &str)], expect: &str| {
            assert_eq!(target("/p", query.iter().copied()), expect);
        };
        check(&[], "/p");
        check(&[("a", "")], "/p?a=");
        check(
            &[("key", "A&b=c d"), ("x.y", "小-._~%")],
            "/p?key=A%26b%3Dc%20d&x.y=%E5%B0%8F-._~%25",
        );
    }

    #[test]
    fn a_credential_stays_out_of_debug() {
        let value = sensitive("S3CR3T").expect("a value");
        assert_eq!(value, "S3CR3T");
        assert!(!format!("{value:?}").contains("S3CR3T"));
        assert!(sensitive("a\nb").is_err());
    }
}
