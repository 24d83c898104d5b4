//! A document that names what is gone misleads: paths in backticks and links must exist.

use super::source::Source;
use super::{Finding, finding};

/// Folders of the root: a span in backticks that begins with one of them is taken for a path.
const FOLDERS: [&str; 8] = ["src", "crates", "tests", "docs", "config", "migrations", ".ci", ".config"];
/// These tell what was, so they may name what is gone.
const HISTORY: [&str; 2] = ["CHANGELOG.md", "docs/decisions"];

pub fn missing_paths(source: &Source, exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    if !source.path.ends_with(".md") || HISTORY.iter().any(|history| source.is_under(history)) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut fenced = false;
    for (number, line) in source.text_lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let spans = line.split('`').skip(1).step_by(2).filter(|span| is_path(span)).map(str::to_owned);
        let links = links(line).into_iter().map(|link| beside(&source.path, link));
        for path in spans.chain(links).filter(|path| !exists(path)) {
            findings.push(finding(source, number, &format!("names {path}, which does not exist")));
        }
    }
    findings
}

fn is_path(span: &str) -> bool {
    let plain = span.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    let first = span.split('/').next().unwrap_or_default();
    plain && span.contains('/') && FOLDERS.contains(&first)
}

/// Targets of `[text](target)` that lie in the repository.
fn links(line: &str) -> Vec<&str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = targets.filter(|target| !target.contains("://") && !target.starts_with(['#', '<', '/']));
    let whole = local.filter(|target| !target.starts_with("mailto:"));
    whole
        .map(|target| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty())
        .collect()
}

/// A link's target as a path from the root, for a document at `from`.
fn beside(from: &str, link: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[test]
fn a_path_that_is_gone_is_found() {
    let exists = |path: &str| ["src/hub.rs", "docs/a.md", "docs/b.md"].contains(&path);
    let count = |path: &str, text: &str| missing_paths(&Source::new(path, text), &exists).len();
    assert_eq!(count("ARCHITECTURE.md", "`src/hub.rs` and `src/gone/`"), 1);
    assert_eq!(count("docs/a.md", "[b](b.md#part) [hub](../src/hub.rs) [web](https://example.org/x)"), 0);
    assert_eq!(count("docs/a.md", "[gone](gone.md)"), 1);
    assert_eq!(count("docs/a.md", "`cargo run` `a/b` `src::hub`\n```\n`src/gone`\n```"), 0);
    assert_eq!(count("CHANGELOG.md", "`src/gone`"), 0);
}
