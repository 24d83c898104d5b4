#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| watchroom_fuzz::targets::telemetry(data));
