//! Names that people choose: what they may be made of, so that nobody can look like somebody else.

use crate::error::Refusal;

/// Fewest characters of a login name.
const LEAST_LOGIN: usize = 3;
/// Most characters of a login name.
const MOST_LOGIN: usize = 32;
/// Most characters of a name that others see.
const MOST_NAME: usize = 64;
/// Marks that may stand on one letter: some languages need two, and what needs more only smears over its
/// neighbours.
const MOST_MARKS: usize = 3;

/// A login name for a new account. ASCII only: letters of other scripts look like these without being them, and
/// a login name is typed on any keyboard; one's own script is for the name that others see.
///
/// # Errors
/// A [`Refusal`] when it is not 3 to 32 letters and digits of ASCII with `.`, `_` or `-` between them.
pub(crate) fn checked_login(login: &str) -> Result<String, Refusal> {
    let login = login.trim();
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let fits = (LEAST_LOGIN..=MOST_LOGIN).contains(&login.len())
        && login.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
        && edge(login.chars().next())
        && edge(login.chars().last());
    if fits {
        return Ok(login.to_owned());
    }
    let message = "3 to 32 letters (a to z) and digits; dots, hyphens and underscores between them.";
    Err(Refusal::field("bad_login", "login", message))
}

/// A name that others see, with one blank wherever there is white space; the login name where it is empty.
///
/// # Errors
/// A [`Refusal`] when it is too long, or holds what cannot be seen or turns the direction of the text.
pub(crate) fn checked_display_name(name: &str, login: &str) -> Result<String, Refusal> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.chars().count() > MOST_NAME {
        return Err(Refusal::field("too_long", "display_name", format!("At most {MOST_NAME} characters.")));
    }
    if !is_plain(&name) {
        return Err(hidden("display_name"));
    }
    Ok(if name.is_empty() { login.to_owned() } else { name })
}

/// What is said of text that [`is_plain`] does not like.
pub(crate) fn hidden(field: &'static str) -> Refusal {
    let message = "Invisible characters and those that turn the direction of text are not allowed. Type it anew \
                   instead of pasting it.";
    Refusal::field("hidden_character", field, message)
}

/// Whether everything in it is seen, and seen where it stands.
pub(crate) fn is_plain(name: &str) -> bool {
    let all: Vec<char> = name.chars().collect();
    let mut marks = 0;
    all.iter().enumerate().all(|(at, c)| {
        marks = if is_mark(*c) { marks + 1 } else { 0 };
        let before = at.checked_sub(1).and_then(|before| all.get(before)).copied();
        marks <= MOST_MARKS
            && match *c {
                // Emoji are made of several with these, and some scripts are written with them.
                '\u{fe0f}' => before.is_some_and(is_symbol),
                '\u{200c}' | '\u{200d}' => {
                    let after = all.get(at + 1).copied();
                    let between =
                        |fits: fn(char) -> bool| before.is_some_and(fits) && after.is_some_and(fits);
                    between(is_joined) || between(is_symbol)
                }
                c => !is_hidden(c),
            }
    })
}

/// What nobody sees: controls, format characters, fillers, separators of lines, private and unassigned ones that
/// are drawn as nothing.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffd}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}')
}

/// Marks that stand on the letter before.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Pictures and what modifies them.
fn is_symbol(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{fe0f}'
        | '\u{1f000}'..='\u{1faff}')
}

/// Letters of scripts in which a name may need a joiner between two: Arabic, and those of South Asia.
fn is_joined(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{77f}' | '\u{8a0}'..='\u{dff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_name_is_of_ascii_and_looks_like_no_other() {
        for good in ["ada", "Li.Wei", "zhang-san_01", "20231234", "a-b", &"x".repeat(32)] {
            assert_eq!(checked_login(&format!(" {good} ")).as_deref(), Ok(good));
        }
        let long = "x".repeat(33);
        for bad in [
            "ab",
            &long,
            "аdа",
            "ａｄａ",
            "adа",
            "mañana",
            "李伟明",
            "ada\u{200b}",
            "a b",
            "-ada",
            "ada.",
            "_ada",
            "ada@x",
            "",
            "ada\n1",
        ] {
            let refusal = checked_login(bad).unwrap_err();
            assert_eq!((refusal.code, refusal.field), ("bad_login", Some("login")), "{bad:?}");
        }
    }

    #[test]
    fn a_name_is_in_any_script_with_pictures_and_nothing_that_hides() {
        for good in [
            "Ada Lovelace",
            "李伟明",
            "Łukasz Żółć",
            "محمد",
            "می\u{200c}خواهم",
            "क\u{94d}\u{200d}ष",
            "O’Brien",
            "Ada 👩\u{200d}🔬",
            "❤\u{fe0f}",
            "Nguyê\u{303}n",
            "שרה",
        ] {
            assert_eq!(checked_display_name(good, "login").as_deref(), Ok(good), "{good:?}");
        }
        for bad in [
            "Ada\u{200b}",
            "\u{202e}adA",
            "Ada\u{2066}",
            "A\u{ad}da",
            "\u{3164}",
            "Ada\u{7}",
            "Ada\u{200d}",
            "Ada\u{fe0f}",
            "\u{e0041}da",
            "A\u{feff}da",
            "a\u{301}\u{301}\u{301}\u{301}",
            "\u{61c}Ada",
            "Ada\u{2800}Ada",
            "\u{f8ff}",
        ] {
            let refusal = checked_display_name(bad, "login").unwrap_err();
            assert_eq!((refusal.code, refusal.field), ("hidden_character", Some("display_name")), "{bad:?}");
        }
    }

    #[test]
    fn white_space_is_one_blank_and_length_is_in_characters() {
        assert_eq!(checked_display_name(" \u{3000}Ada \t\n Lovelace ", "x").as_deref(), Ok("Ada Lovelace"));
        assert_eq!(checked_display_name("  ", "ada").as_deref(), Ok("ada"));
        assert!(checked_display_name(&"李".repeat(64), "x").is_ok());
        assert_eq!(checked_display_name(&"李".repeat(65), "x").unwrap_err().code, "too_long");
    }
}
