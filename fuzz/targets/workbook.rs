//! Any XML as a workbook of what is wanted.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jindiao_fuzz::workbook(data));
