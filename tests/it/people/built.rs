//! What takes the same time by how it is built: whoever is known costs nobody's answer anything. Nothing is timed.

use std::fs;
use std::path::Path;

/// The body of a function in a file of what pages and the API both do.
fn body(file: &str, signature: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/deeds").join(file);
    let source = fs::read_to_string(path).unwrap();
    let from = source.find(signature).unwrap_or_else(|| panic!("no {signature} in {file}"));
    let body = &source[from..];
    let body = body.split_once("{\n").unwrap().1;
    body[..body.find("\n}\n").unwrap()].to_owned()
}

/// The lines that are carried out whatever was found before.
fn always(body: &str) -> impl Iterator<Item = &str> {
    body.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     "))
}

#[test]
fn who_is_meant_by_a_forgotten_password_is_looked_for_behind_the_answer() {
    let ask = body("resets.rs", "pub fn ask(");
    for work in ["views", "meant(", "links", "submit", ".await"] {
        assert!(!ask.contains(work), "{work} stands before the answer:\n{ask}");
    }
    assert_eq!(always(&ask).filter(|line| line.contains("behind(")).count(), 1, "{ask}");
    let behind = body("resets.rs", "fn behind(");
    let (before, spawned) = behind.split_once("spawn(async move {").expect("it is spawned");
    assert!(!before.contains("views") && spawned.contains("meant("), "{behind}");
}

#[test]
fn signing_in_hashes_once_whether_or_not_the_name_is_known() {
    let sign_in = body("signing_in.rs", "pub async fn by_password(");
    assert_eq!(sign_in.matches(".verify(").count(), 1, "{sign_in}");
    assert_eq!(always(&sign_in).filter(|line| line.contains(".verify(")).count(), 1, "{sign_in}");
    let (before, _) = sign_in.split_once(".verify(").unwrap();
    let early: Vec<_> = always(before).filter(|line| line.contains('?') || line.contains("return")).collect();
    assert!(
        early.len() == 1 && early[0].contains("begin("),
        "only who has to wait is answered before:\n{before}"
    );
    let verify = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/auth/password.rs"));
    assert!(verify.unwrap().contains("phc.unwrap_or_else(|| self.nobody.to_string())"));
}
