//! The guide, as tests: every Rust sample of `docs/guide/` is compiled and run. The shell samples are
//! run by `tests/guide.rs`; `cargo xtask coverage` checks that files and tests which are named are
//! there.

/// Makes the samples of a page into documentation tests.
macro_rules! pages {
    ($($name:ident = $file:literal;)*) => {$(
        #[doc = include_str!($file)]
        pub mod $name {}
    )*};
}

pages! {
    codes = "codes.md";
    one_exchange = "one-exchange.md";
    order_and_resume = "order-and-resume.md";
    write_a_transport = "write-a-transport.md";
    add_a_product = "add-a-product.md";
    add_a_vendor = "add-a-vendor.md";
}
