//! Every reason for which something is refused is said in both languages.

use super::source::{Source, Tree};
use super::{Finding, finding};
use std::collections::BTreeSet;

/// How a refusal is made; its code follows.
const MADE: [&str; 3] = ["Refusal::new(", "Refusal::field(", "fault("];
/// Said to programs only, whose language is that of the protocol: agents, and who writes settings by the API.
const TO_PROGRAMS: [&str; 18] = [
    "bad_count",
    "bad_field",
    "bad_labels",
    "bad_settings",
    "bad_value",
    "not_asked",
    "not_assigned",
    "revoked",
    "sequence_gap",
    "stale_epoch",
    "time_out_of_bounds",
    "token_expired",
    "token_unknown",
    "too_many_series",
    "unknown_setting",
    "bad_version",
    "bad_samples",
    "bad_frame",
];
const ROOMS: [&str; 3] = ["src/channels", "src/web", "crates/domain/src"];

/// The code that a refusal is made with, and the line.
fn codes(source: &Source) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for made in MADE {
        for (at, _) in source.text.match_indices(made) {
            let rest = source.text[at + made.len()..].trim_start();
            let own = !source.text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let code = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
            let plain =
                |code: &str| !code.is_empty() && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            if let Some((code, rest)) = code
                && own
                && rest.starts_with(',')
                && plain(code)
            {
                found.push((source.text[..at].lines().count().max(1), code));
            }
        }
    }
    found
}

/// Codes without a text in the catalogues.
fn unsaid(source: &Source, said: &BTreeSet<String>) -> Vec<Finding> {
    let made = codes(source).into_iter();
    let unsaid = made.filter(|(line, code)| {
        !source.is_test(*line) && !TO_PROGRAMS.contains(code) && !said.contains(&format!("refusal-{code}"))
    });
    unsaid.map(|(line, code)| finding(source, line, &format!("refusal-{code} is in no catalogue"))).collect()
}

fn keys(source: &Source) -> impl Iterator<Item = String> {
    source.text.lines().filter_map(|line| line.split_once(" =")).map(|(key, _)| key.to_owned())
}

#[test]
fn every_refusal_is_said_in_both_languages() {
    let tree = Tree::load();
    let of = |lang: &str| -> BTreeSet<String> {
        let folder = format!("src/texts/locales/{lang}");
        tree.sources.iter().filter(|s| s.is_under(&folder)).flat_map(keys).collect()
    };
    let said: BTreeSet<_> = of("en").intersection(&of("zh-CN")).cloned().collect();
    let rooms = tree.sources.iter().filter(|s| s.is_rust() && ROOMS.iter().any(|room| s.is_under(room)));
    let findings: Vec<_> = rooms.flat_map(|source| unsaid(source, &said)).collect();
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn a_refusal_without_a_text_is_found() {
    let source = Source::new(
        "src/web/a.rs",
        "fn f() {\n    Refusal::field(\n        \"no_text\",\n \"a\", \"\")\n}\n",
    );
    let said = BTreeSet::from(["refusal-text".to_owned()]);
    assert_eq!(unsaid(&source, &said).len(), 1);
    let said = BTreeSet::from(["refusal-no_text".to_owned()]);
    assert!(unsaid(&source, &said).is_empty());
}
