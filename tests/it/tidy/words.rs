//! Words and calls that must not be there.

use super::source::Source;
use super::{Finding, finding};

/// Written in two halves, so that this file does not find itself.
const LATER: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const LATER_MACROS: [&str; 2] = [concat!("todo", "!"), concat!("unimplemented", "!")];
const HOMES: [&str; 4] =
    [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/Us", "ers/")];
const CELLS: [&str; 8] =
    ["Mutex", "RwLock", "Cell", "OnceLock", "Atomic", "static mut ", "thread_local!", "lazy_static!"];

pub fn left_for_later(source: &Source) -> Vec<Finding> {
    let words = source.text_lines().filter(|(_, line)| LATER.iter().any(|word| has_word(line, word)));
    let macros = source.code_lines().filter(|(_, line)| LATER_MACROS.iter().any(|name| has_word(line, name)));
    words
        .chain(macros)
        .map(|(line, _)| finding(source, line, "left for later: do it now, or open an issue"))
        .collect()
}

pub fn unwraps(source: &Source) -> Vec<Finding> {
    let lines =
        source.code_lines().filter(|(line, code)| code.contains(".unwrap()") && !source.is_test(*line));
    lines.map(|(line, _)| finding(source, line, "unwrap outside tests: return an error")).collect()
}

pub fn sleeping_tests(source: &Source) -> Vec<Finding> {
    let text = if source.is_rust() { &source.code } else { &source.text };
    let python = source.path.ends_with(".py");
    let sleeps = |line: &str| has_word(line, concat!("sle", "ep("));
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    lines
        .filter(|(line, code)| (source.is_rust() || python) && source.is_test(*line) && sleeps(code))
        .map(|(line, _)| finding(source, line, "a test that sleeps: wait for the condition instead"))
        .collect()
}

pub fn stateful_statics(source: &Source) -> Vec<Finding> {
    let lines = source.code_lines().filter(|(_, code)| {
        let declares = has_word(code, "static") && code.contains(':') && !code.contains("'static");
        let macros = code.contains("thread_local!") || code.contains("lazy_static!");
        (declares || macros) && CELLS.iter().any(|cell| code.contains(cell))
    });
    lines
        .map(|(line, _)| finding(source, line, "a static that holds state: pass it as an argument"))
        .collect()
}

pub fn machine_paths(source: &Source) -> Vec<Finding> {
    let begins = |line: &str, at: usize| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-~/}*".contains(c))
    };
    let lines = source.text_lines().filter(|(_, line)| {
        HOMES.iter().any(|home| line.match_indices(home).any(|(at, _)| begins(line, at)))
    });
    lines.map(|(line, _)| finding(source, line, "a path of one machine")).collect()
}

/// Whether `word` stands in `line` and is not the end or the beginning of a longer word.
fn has_word(line: &str, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let open = !word.ends_with(|c: char| c.is_alphanumeric());
        !before.is_some_and(joins) && (open || !after.is_some_and(joins))
    })
}

#[cfg(test)]
fn lines(check: fn(&Source) -> Vec<Finding>, path: &str, text: &str) -> usize {
    check(&Source::new(path, text)).len()
}

#[test]
fn what_is_left_for_later_is_found() {
    for text in [concat!("// TO", "DO: later"), concat!("FIX", "ME"), concat!("fn a() { todo", "!() }")] {
        assert_eq!(lines(left_for_later, "src/a.rs", text), 1, "{text}");
    }
    assert_eq!(lines(left_for_later, "docs/a.md", concat!("- TO", "DO")), 1);
    assert_eq!(lines(left_for_later, "src/a.rs", "// the mastodon todos"), 0);
}

#[test]
fn an_unwrap_is_found_outside_tests_only() {
    assert_eq!(lines(unwraps, "crates/wire/src/a.rs", "fn a() { b().unwrap(); }"), 1);
    assert_eq!(lines(unwraps, "src/a.rs", "// never .unwrap()\nfn a() { b().unwrap_or(1); }"), 0);
    assert_eq!(lines(unwraps, "src/a.rs", "#[cfg(test)]\nmod tests { fn a() { b().unwrap(); } }"), 0);
}

#[test]
fn a_sleep_is_found_in_tests_only() {
    let nap = concat!("fn a() { tokio::time::sle", "ep(d).await; }");
    assert_eq!(lines(sleeping_tests, "tests/it/a.rs", nap), 1);
    assert_eq!(lines(sleeping_tests, "src/a.rs", nap), 0);
    assert_eq!(lines(sleeping_tests, "src/a.rs", &format!("#[cfg(test)]\nmod tests {{ {nap} }}")), 1);
    assert_eq!(lines(sleeping_tests, "tests/it/a.py", concat!("time.sle", "ep(1)")), 1);
}

#[test]
fn a_static_with_state_is_found() {
    assert_eq!(lines(stateful_statics, "src/a.rs", "static SEEN: Mutex<u8> = Mutex::new(0);"), 1);
    assert_eq!(lines(stateful_statics, "src/a.rs", "static N: AtomicU64 = AtomicU64::new(0);"), 1);
    assert_eq!(lines(stateful_statics, "src/a.rs", "pub static mut N: u8 = 0;"), 1);
    assert_eq!(lines(stateful_statics, "src/a.rs", "static NAMES: [&str; 1] = [\"Mutex\"];"), 0);
    assert_eq!(lines(stateful_statics, "src/a.rs", "fn a(b: &'static Mutex<u8>) {}"), 0);
}

#[test]
fn a_path_of_one_machine_is_found() {
    assert_eq!(lines(machine_paths, "docs/a.md", concat!("see /ho", "me/me/x")), 1);
    assert_eq!(lines(machine_paths, "src/a.rs", concat!("let a = \"/ro", "ot/x\";")), 1);
    assert_eq!(lines(machine_paths, "docs/a.md", concat!("https://example.org/ho", "me/x")), 0);
}
