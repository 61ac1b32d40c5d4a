//! Any text as a download address or a vendor's address.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jindiao_fuzz::link(data));
