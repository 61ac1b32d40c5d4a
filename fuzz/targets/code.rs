//! Any text as a status code of each vendor.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jindiao_fuzz::code(data));
