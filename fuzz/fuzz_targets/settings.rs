#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    watchroom_fuzz::targets::settings(data, |path| {
        watchroom_fuzz::settings::load(Some(path), &[]).map(drop).map_err(|error| error.to_string())
    });
});
