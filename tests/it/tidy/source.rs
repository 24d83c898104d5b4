//! The source tree as the checks see it: each file's text, and its Rust code without comments and
//! literals, so that a word in a sentence is not taken for code.

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

const TEXT: [&str; 11] = ["rs", "js", "mjs", "css", "html", "md", "toml", "py", "sh", "ftl", "txt"];
const SKIPPED: [&str; 4] = ["target", "node_modules", ".git", "data"];

/// One file of the tree.
pub struct Source {
    /// Relative to the root, with `/` between parts.
    pub path: String,
    /// The file as it is.
    pub text: String,
    /// Rust only: the text with comments and the inside of literals blanked, line by line the same.
    pub code: String,
    tests: Vec<RangeInclusive<usize>>,
    /// The whole file is a module that another file declares under `#[cfg(test)]`.
    is_test_module: bool,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let code = if path.ends_with(".rs") { blank(text) } else { String::new() };
        let tests = test_regions(&code);
        Self { path: path.to_owned(), text: text.to_owned(), code, tests, is_test_module: false }
    }

    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    pub fn is_under(&self, folder: &str) -> bool {
        self.path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether a line (counted from 1) is compiled for tests only.
    pub fn is_test(&self, line: usize) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        self.is_test_module
            || name == "tests.rs"
            || name.ends_with("_tests.rs")
            || self.path.split('/').any(|part| part == "tests")
            || self.tests.iter().any(|range| range.contains(&line))
    }

    /// Modules in files of their own that this file declares for tests only, as paths without `.rs`.
    fn test_modules(&self) -> Vec<String> {
        let (folder, name) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        let inside = match name.trim_end_matches(".rs") {
            "mod" | "lib" | "main" => folder.to_owned(),
            stem => format!("{folder}/{stem}"),
        };
        let declared = self.code.split("#[cfg(test)]").skip(1).filter_map(|rest| {
            let item = rest.trim_start().trim_start_matches("pub(crate) ").strip_prefix("mod ")?;
            item.split_once(';').filter(|(name, _)| !name.contains('{'))
        });
        declared.map(|(name, _)| format!("{inside}/{name}")).collect()
    }

    /// Lines of the blanked code, counted from 1.
    pub fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// Lines of the text, counted from 1.
    pub fn text_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Every text file of the repository.
pub struct Tree {
    pub root: PathBuf,
    pub sources: Vec<Source>,
}

impl Tree {
    pub fn load() -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut sources = Vec::new();
        walk(&root, &root, &mut sources);
        mark_test_modules(&mut sources);
        Self { root, sources }
    }
}

fn mark_test_modules(sources: &mut [Source]) {
    let modules: Vec<String> = sources.iter().flat_map(Source::test_modules).collect();
    for source in sources {
        let stem = source.path.trim_end_matches(".rs");
        source.is_test_module = modules.iter().any(|module| {
            stem.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
    }
}

fn walk(root: &Path, folder: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                walk(root, &path, sources);
            }
            continue;
        }
        let extension = path.extension().map(|e| e.to_string_lossy().into_owned());
        let is_script = name == "test" || name == "run";
        if is_script || extension.is_some_and(|e| TEXT.contains(&e.as_str())) {
            let relative = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            sources.push(Source::new(&relative, &fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Line ranges of the items that follow `#[cfg(test)]`.
fn test_regions(code: &str) -> Vec<RangeInclusive<usize>> {
    let mut regions = Vec::new();
    let mut from = 0;
    while let Some(found) = code[from..].find("#[cfg(test)]") {
        let start = from + found;
        let end = item_end(code, start + "#[cfg(test)]".len());
        regions.push(line_of(code, start)..=line_of(code, end));
        from = end.max(start + 1);
    }
    regions
}

/// Where the item that begins after `from` ends: its closing brace, or its semicolon.
pub fn item_end(code: &str, from: usize) -> usize {
    let mut depth = 0usize;
    let mut nested = 0usize;
    for (offset, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => nested += 1,
            b')' | b']' => nested = nested.saturating_sub(1),
            b'{' => depth += 1,
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return offset;
                }
            }
            b';' if depth == 0 && nested == 0 => return offset,
            _ => {}
        }
    }
    code.len()
}

/// The line, counted from 1, of a byte offset.
pub fn line_of(code: &str, offset: usize) -> usize {
    code.as_bytes()[..offset.min(code.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Rust text with comments and the inside of strings and characters turned into spaces.
///
/// Not a full lexer: enough for code that rustfmt has been over.
pub fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => find_from(bytes, at, b"\n"),
            b'/' if bytes.get(at + 1) == Some(&b'*') => block_comment_end(bytes, at),
            b'r' if !is_word(bytes, at) && is_raw_string(bytes, at + 1) => raw_string_end(bytes, at + 1),
            b'b' if !is_word(bytes, at)
                && bytes.get(at + 1) == Some(&b'r')
                && is_raw_string(bytes, at + 2) =>
            {
                raw_string_end(bytes, at + 2)
            }
            b'"' => string_end(bytes, at),
            b'\'' => char_end(bytes, at),
            _ => at + 1,
        };
        if end > at + 1 {
            for byte in &mut out[at..end] {
                if *byte != b'\n' {
                    *byte = b' ';
                }
            }
        }
        at = end;
    }
    String::from_utf8(out).unwrap_or_default()
}

/// Whether the byte at `at` goes on with an identifier that began before it.
fn is_word(bytes: &[u8], at: usize) -> bool {
    at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_')
}

fn find_from(bytes: &[u8], at: usize, what: &[u8]) -> usize {
    bytes[at..].windows(what.len()).position(|window| window == what).map_or(bytes.len(), |found| at + found)
}

fn block_comment_end(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

fn is_raw_string(bytes: &[u8], at: usize) -> bool {
    bytes[at..].iter().find(|byte| **byte != b'#') == Some(&b'"')
}

fn raw_string_end(bytes: &[u8], at: usize) -> usize {
    let hashes = bytes[at..].iter().take_while(|byte| **byte == b'#').count();
    let close = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
    (find_from(bytes, at + hashes + 1, &close) + close.len()).min(bytes.len())
}

fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while end < bytes.len() && bytes[end] != b'"' {
        end += if bytes[end] == b'\\' { 2 } else { 1 };
    }
    (end + 1).min(bytes.len())
}

/// The end of a character literal, or the next byte where the quote begins a lifetime.
fn char_end(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at + 1) == Some(&b'\\') {
        return (find_from(bytes, at + 3, b"'") + 1).min(bytes.len());
    }
    let width = bytes.get(at + 1).map_or(1, |first| match first {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    });
    if bytes.get(at + 1 + width) == Some(&b'\'') { at + width + 2 } else { at + 1 }
}

#[test]
fn comments_and_literals_are_blanked_and_lines_stay() {
    let text = "let a = \"fn x() {\"; // }\nlet b = r#\"\"}\"#; /* { /* */ { */ let c = '{'; fn f<'a>() {}\n'\\''; '界';";
    let code = blank(text);
    assert_eq!(code.matches('{').count(), 1, "{code}");
    assert_eq!(code.matches('}').count(), 1, "{code}");
    assert_eq!(code.lines().count(), 3);
    assert!(code.contains("fn f<'a>()"));
    assert!(!code.contains('界'));
}

#[test]
fn test_modules_are_known_for_what_they_are() {
    let source = Source::new("src/a.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() {}\n}\nfn c() {}\n");
    assert_eq!([1, 2, 4, 5, 6].map(|line| source.is_test(line)), [false, true, true, true, false]);
    assert!(Source::new("tests/it/a.rs", "").is_test(1));
    assert!(Source::new("src/views/tests.rs", "").is_test(1));
}

#[test]
fn a_file_that_is_declared_for_tests_only_is_a_test() {
    let text = "#[cfg(test)]\nmod contract;\nmod store;\n#[cfg(test)]\nmod inline { fn a(); }\n";
    let mut sources = ["mod", "contract", "contract/deep", "store", "inline"]
        .map(|name| Source::new(&format!("src/log/{name}.rs"), if name == "mod" { text } else { "" }));
    mark_test_modules(&mut sources);
    assert_eq!(sources.map(|source| source.is_test(9)), [false, true, true, false, false]);
    let mut beside = [Source::new("src/hub.rs", text), Source::new("src/hub/contract.rs", "")];
    mark_test_modules(&mut beside);
    assert!(beside[1].is_test(9));
}
