//! Yibeidiao (易背调): the codes of `code`.

crate::vendor_code::vendor_code! {
    /// A Yibeidiao response code.
    ///
    /// Success is `000`. Where a server writes its codes as JSON numbers the zeros are lost, so
    /// `0` is read as `000`; `00` is nobody's spelling and stays unknown.
    crate::generated::yibeidiao, with_its_zeros
}

fn with_its_zeros(text: &str) -> &str {
    if text == "0" { "000" } else { text }
}
