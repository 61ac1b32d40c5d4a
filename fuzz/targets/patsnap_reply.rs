//! Any bytes as PatSnap's reply to each of its exchanges.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jindiao_fuzz::patsnap_reply(data));
