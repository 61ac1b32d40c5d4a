//! Any bytes as Yibeidiao's reply, also rightly signed ones.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jindiao_fuzz::yibeidiao_reply(data));
