//! Any bytes as QCC's reply to each of its exchanges.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jindiao_fuzz::qcc_reply(data));
