//! The arrows between rooms, where the compiler does not hold them.
//!
//! Between crates Cargo does; inside the hub's crate these tables do.

use super::source::Source;
use super::{Finding, finding};

/// A room of the hub's crate, the rooms beside it that it may name, and the crates.
struct Room {
    name: &'static str,
    rooms: &'static [&'static str],
    crates: &'static [&'static str],
}

/// `hub`, `cli` and `main` know everyone and so are not listed. A module that is neither listed nor
/// one of them (the clock, say) is open to all.
const ROOMS: [Room; 8] = [
    Room { name: "settings", rooms: &[], crates: &["domain"] },
    Room { name: "texts", rooms: &[], crates: &["domain"] },
    Room { name: "event_log", rooms: &[], crates: &["domain", "wire", "migrations"] },
    Room { name: "views", rooms: &["event_log"], crates: &["domain", "analysis"] },
    Room { name: "files", rooms: &[], crates: &["domain"] },
    Room {
        name: "actors",
        rooms: &["settings", "texts", "event_log", "views", "files", "channels"],
        crates: &["domain", "wire", "analysis", "picture"],
    },
    Room { name: "channels", rooms: &[], crates: &["domain"] },
    Room { name: "web", rooms: &["texts", "views", "files", "actors"], crates: &["domain", "analysis"] },
];
const KNOW_EVERYONE: [&str; 2] = ["hub", "cli"];
const CRATES: [&str; 6] = ["domain", "wire", "analysis", "picture", "agent", "migrations"];

/// A name from outside, and the only places that may say it; a place that ends in `*` is a prefix.
const LIBRARIES: [(&str, &[&str]); 11] = [
    ("sea_orm", &["src/event_log", "src/event_log.rs", "src/views", "src/views.rs", "migrations"]),
    ("sea_orm_migration", &["src/event_log", "migrations"]),
    ("actix", &["src/actors", "src/web", "src/hub.rs", "src/hub", "src/cli", "src/main.rs"]),
    ("actix_rt", &["src/actors", "src/web", "src/hub.rs", "src/hub", "src/cli", "src/main.rs"]),
    ("actix_web", &["src/web", "src/hub.rs", "src/hub"]),
    ("actix_web_actors", &["src/web/feed*"]),
    ("askama", &["src/web", "src/channels"]),
    ("lettre", &["src/channels"]),
    ("teloxide", &["src/channels"]),
    ("sysinfo", &["crates/agent"]),
    ("fluent_bundle", &["src/texts"]),
];

/// What crates that promise to be pure must not reach for.
const IMPURE: [&str; 8] = [
    "tokio",
    "actix",
    "sea_orm",
    "std::fs",
    "std::net",
    "std::env",
    "std::time::Instant",
    "std::time::SystemTime",
];
const PURE: [&str; 3] = ["crates/domain/src", "crates/analysis/src", "crates/picture/src"];

pub fn forbidden_rooms(source: &Source) -> Vec<Finding> {
    let Some(room) = room_of(source) else { return Vec::new() };
    let mut findings = Vec::new();
    for (line, name) in crate_modules(source) {
        let known = KNOW_EVERYONE.contains(&name.as_str()) || ROOMS.iter().any(|other| other.name == name);
        if known && name != room.name && !room.rooms.contains(&name.as_str()) {
            findings.push(finding(source, line, &format!("{} must not know {name}", room.name)));
        }
    }
    for name in CRATES.iter().filter(|name| !room.crates.contains(name)) {
        for line in mentions(source, &format!("watchroom_{name}")) {
            findings.push(finding(source, line, &format!("{} must not know the crate {name}", room.name)));
        }
    }
    findings
}

pub fn forbidden_libraries(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !source.is_rust() || source.is_under("tests") || source.path.contains("/tests/") {
        return findings;
    }
    for (library, places) in LIBRARIES {
        let allowed = places.iter().any(|place| match place.strip_suffix('*') {
            Some(prefix) => source.path.starts_with(prefix),
            None => source.is_under(place),
        });
        if !allowed {
            let lines = mentions(source, &format!("{library}::")).into_iter();
            findings
                .extend(lines.map(|line| finding(source, line, &format!("{library} is not for this room"))));
        }
    }
    if PURE.iter().any(|folder| source.is_under(folder)) {
        for name in IMPURE {
            let lines = mentions(source, name).into_iter().filter(|line| !source.is_test(*line));
            findings
                .extend(lines.map(|line| finding(source, line, &format!("{name} in a crate that is pure"))));
        }
    }
    findings
}

pub fn stray_migrations(source: &Source) -> Vec<Finding> {
    if !source.is_rust() || source.is_under("migrations") || source.is_under("tests") {
        return Vec::new();
    }
    let schema = ["CREATE TABLE", "ALTER TABLE", "CREATE INDEX", "CREATE TRIGGER", "impl MigrationTrait"];
    let lines = source.text_lines().filter(|(_, line)| schema.iter().any(|word| line.contains(word)));
    lines.map(|(line, _)| finding(source, line, "the schema is written in migrations")).collect()
}

fn room_of(source: &Source) -> Option<&'static Room> {
    let inside = source.path.strip_prefix("src/")?;
    let name = inside.split('/').next()?.trim_end_matches(".rs");
    ROOMS.iter().find(|room| room.name == name)
}

/// Lines whose code says `name` as a whole name, not as the end of a path or of a longer name.
fn mentions(source: &Source, name: &str) -> Vec<usize> {
    let open = name.ends_with(':');
    source.code_lines().filter(|(_, code)| says(code, name, open)).map(|(line, _)| line).collect()
}

fn says(code: &str, name: &str, open: bool) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    code.match_indices(name).any(|(at, _)| {
        let head = &code[..at];
        let absolute =
            head.ends_with("::") && !head.trim_end_matches("::").ends_with(|c: char| c.is_alphanumeric());
        let begins = absolute || !head.ends_with(|c: char| joins(c) || c == ':');
        begins && (open || !code[at + name.len()..].starts_with(joins))
    })
}

/// Every module at the top of the crate that a file names: `crate::x`, `crate::{x, y}`, `super::super::x`.
fn crate_modules(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut offset = 0;
    for (line, code) in source.code_lines() {
        for (at, _) in code.match_indices("crate::") {
            let rest = &source.code[offset + at + "crate::".len()..];
            found.extend(first_names(rest).into_iter().map(|name| (line, name)));
        }
        let depth =
            depth(&source.path) + usize::from(source.is_test(line) && !source.path.ends_with("tests.rs"));
        let escape = "super::".repeat(depth);
        for (at, _) in code.match_indices(&escape) {
            let rest = &code[at + escape.len()..];
            if !code[..at].ends_with("super::") && !rest.starts_with("super::") {
                found.extend(first_names(rest).into_iter().map(|name| (line, name)));
            }
        }
        offset += code.len() + 1;
    }
    found
}

/// How many modules a file stands below the top of its crate.
fn depth(path: &str) -> usize {
    let parts = path.split('/').skip(1).filter(|part| *part != "mod.rs").count();
    parts.max(1)
}

/// The names a path goes on with: one, or each first name of a group in braces.
fn first_names(rest: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    if !rest.starts_with('{') {
        return vec![name(rest)];
    }
    let mut names = Vec::new();
    let mut depth = 0;
    for (at, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && (c == ',' || c == '{') {
            names.push(name(&rest[at + 1..]));
        }
    }
    names
}

#[cfg(test)]
fn rooms(path: &str, text: &str) -> usize {
    forbidden_rooms(&Source::new(path, text)).len()
}

#[cfg(test)]
fn libraries(path: &str, text: &str) -> usize {
    forbidden_libraries(&Source::new(path, text)).len()
}

#[test]
fn an_arrow_against_the_table_is_found() {
    assert_eq!(rooms("src/web/a.rs", "use crate::event_log::Store;"), 1);
    assert_eq!(
        rooms("src/channels/mail.rs", "use crate::{\n    event_log::{self, views},\n    views::X,\n};"),
        2
    );
    assert_eq!(rooms("src/event_log/mod.rs", "fn a() { super::views::b(); }"), 1);
    assert_eq!(rooms("src/web/pages/a.rs", "use super::super::super::event_log::Store;"), 1);
    assert_eq!(rooms("src/channels/a.rs", "use watchroom_wire::Frame;"), 1);
    assert_eq!(rooms("src/views/a.rs", "use crate::hub::Hub;"), 1);
}

#[test]
fn an_arrow_of_the_table_is_let_through() {
    assert_eq!(rooms("src/web/a.rs", "// crate::event_log\nuse crate::{actors, clock, views, web::b};"), 0);
    assert_eq!(rooms("src/web/pages/a.rs", "use super::super::feed; use super::b;"), 0);
    assert_eq!(rooms("src/hub.rs", "use crate::event_log; use watchroom_wire::A;"), 0);
    assert_eq!(rooms("src/views/a.rs", "#[cfg(test)]\nmod tests {\n use super::views;\n}"), 0);
}

#[test]
fn a_library_in_the_wrong_room_is_found() {
    assert_eq!(libraries("src/web/pages.rs", "use actix_web_actors::ws;"), 1);
    assert_eq!(libraries("src/web/feed.rs", "use actix_web_actors::ws;"), 0);
    assert_eq!(libraries("src/web/feed/socket.rs", "use actix_web_actors::ws;"), 0);
    assert_eq!(libraries("src/web/a.rs", "use sea_orm::Statement;"), 1);
    assert_eq!(libraries("src/views/a.rs", "use ::sea_orm::Statement;"), 0);
    assert_eq!(libraries("crates/domain/src/a.rs", "use tokio::sync::mpsc;"), 1);
    assert_eq!(libraries("crates/analysis/src/a.rs", "let now = std::time::Instant::now();"), 1);
    assert_eq!(libraries("src/channels/a.rs", "use ::actix::Addr;"), 1);
}

#[test]
fn a_schema_outside_migrations_is_found() {
    let count = |path: &str| stray_migrations(&Source::new(path, "let sql = \"CREATE TABLE a (b)\";")).len();
    assert_eq!([count("src/views/a.rs"), count("migrations/src/a.rs")], [1, 0]);
}
