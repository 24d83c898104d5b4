//! Files under 400 lines, functions under 70: what does not fit on a screen or two is two things.

use super::source::{Source, item_end, line_of};
use super::{Finding, finding};

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 70;

pub fn long_files(source: &Source) -> Vec<Finding> {
    let counted = ["rs", "js", "mjs", "css", "html", "py", "sh"];
    let extension = source.path.rsplit('.').next().unwrap_or_default();
    let lines = source.text.lines().count();
    if !counted.contains(&extension) || lines <= FILE_LINES {
        return Vec::new();
    }
    vec![finding(source, lines, &format!("{lines} lines, at most {FILE_LINES}"))]
}

pub fn long_functions(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (start, _) in source.code.match_indices("fn ") {
        let before = source.code[..start].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let end = item_end(&source.code, start);
        let (first, last) = (line_of(&source.code, start), line_of(&source.code, end));
        let lines = last - first + 1;
        if lines > FUNCTION_LINES {
            let reason = format!("a function of {lines} lines, at most {FUNCTION_LINES}");
            findings.push(finding(source, first, &reason));
        }
    }
    findings
}

#[test]
fn a_file_of_401_lines_is_found() {
    assert_eq!(long_files(&Source::new("src/web/a.css", &"a\n".repeat(401))).len(), 1);
    assert_eq!(long_files(&Source::new("src/web/a.css", &"a\n".repeat(400))).len(), 0);
    assert_eq!(long_files(&Source::new("docs/a.md", &"a\n".repeat(401))).len(), 0);
}

#[test]
fn a_function_of_71_lines_is_found() {
    let long = |lines: usize| {
        format!("fn short() {{}}\npub fn long(a: [u8; 2]) {{\n{}}}\n", "a;\n".repeat(lines - 2))
    };
    assert_eq!(long_functions(&Source::new("src/a.rs", &long(71))).len(), 1);
    assert_eq!(long_functions(&Source::new("src/a.rs", &long(70))).len(), 0);
    let declared = format!("trait A {{ fn declared(&self) -> u8;\n{} }}", "\n".repeat(80));
    assert_eq!(long_functions(&Source::new("src/a.rs", &declared)).len(), 0);
}
