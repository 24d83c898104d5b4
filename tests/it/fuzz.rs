//! Every seed of the fuzz targets goes through the same functions as under the fuzzer, so that neither
//! seeds nor targets can rot.

#[path = "../../fuzz/src/targets.rs"]
mod targets;

use std::path::{Path, PathBuf};

fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let seeds: Vec<_> = files.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    assert!(seeds.len() >= 3, "{target} has too few seeds");
    seeds
}

fn each(target: &str, run: impl Fn(&[u8])) {
    for (path, bytes) in seeds(target) {
        eprintln!("{}", path.display());
        run(&bytes);
    }
}

#[test]
fn seeds_of_frames() {
    each("frames", targets::frames);
}

#[test]
fn seeds_of_telemetry() {
    each("telemetry", targets::telemetry);
}

#[test]
fn seeds_of_tokens() {
    each("tokens", targets::tokens);
}

#[test]
fn seeds_of_settings() {
    let load =
        |path: &Path| watchroom::settings::load(Some(path), &[]).map(drop).map_err(|error| error.to_string());
    each("settings", |bytes| targets::settings(bytes, load));
}
