//! Any text as an order's durable form, and any events after it.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jindiao_fuzz::order(data));
