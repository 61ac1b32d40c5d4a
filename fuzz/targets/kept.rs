//! Any text as what a ledger keeps of a reason, said again.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jindiao_fuzz::kept(data));
