//! Rules of the source tree that the compiler does not hold: sizes, arrows between rooms, words.
//!
//! Every check is a pure function over one [`Source`], beside a test that shows it a bad snippet.
//! The tests in this file run the checks over the real tree.

mod docs;
mod refusals;
mod rooms;
mod sizes;
mod source;
mod words;

use source::{Source, Tree};

/// Where something is wrong, and what: `path:line: reason`.
type Finding = String;

fn finding(source: &Source, line: usize, reason: &str) -> Finding {
    format!("{}:{line}: {reason}", source.path)
}

fn hold(check: fn(&Source) -> Vec<Finding>) {
    let tree = Tree::load();
    assert!(tree.sources.len() > 10, "only {} files were found, the walk is broken", tree.sources.len());
    let findings: Vec<Finding> = tree.sources.iter().flat_map(check).collect();
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn files_stay_under_400_lines() {
    hold(sizes::long_files);
}

#[test]
fn functions_stay_under_70_lines() {
    hold(sizes::long_functions);
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    hold(rooms::forbidden_rooms);
}

#[test]
fn libraries_stay_in_their_rooms() {
    hold(rooms::forbidden_libraries);
}

#[test]
fn the_schema_is_written_only_in_migrations() {
    hold(rooms::stray_migrations);
}

#[test]
fn nothing_is_left_for_later() {
    hold(words::left_for_later);
}

#[test]
fn nothing_unwraps_outside_tests() {
    hold(words::unwraps);
}

#[test]
fn no_test_sleeps() {
    hold(words::sleeping_tests);
}

#[test]
fn no_static_holds_state() {
    hold(words::stateful_statics);
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    hold(words::machine_paths);
}

#[test]
fn documents_name_only_what_exists() {
    let tree = Tree::load();
    let exists = |path: &str| tree.root.join(path).exists();
    let findings: Vec<Finding> =
        tree.sources.iter().flat_map(|source| docs::missing_paths(source, &exists)).collect();
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}
