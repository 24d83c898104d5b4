//! Every measurement runs, with sizes so tiny that the figures mean nothing.

use serde_json::Value;
use std::process::Command;

#[test]
fn every_figure_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let program = env!("CARGO_BIN_EXE_watchroom-bench");
    // The programs that are measured lie beside it; nothing is built by a test.
    let output = Command::new(program)
        .args(["--smoke", "all", "--json"])
        .arg(&report)
        .env_remove("CARGO")
        .env("HOME", folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    let figures = report["figures"].as_array().unwrap();
    let measured = figures.iter().filter(|figure| figure["value"].as_f64().is_some_and(|value| value > 0.0));
    assert!(measured.count() >= 12, "{report}");
}
