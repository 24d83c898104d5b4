//! Every text that people read, in every language, for the console, notices and the bot alike.
//!
//! A text is found by its key. What is missing is marked, so that it is seen; tests find the marks before a reader
//! does.

mod catalogue;
mod names;
mod number;
#[cfg(test)]
mod tests;

pub use number::{fixed, plain};

use catalogue::bundle;
use fluent_bundle::{FluentArgs, FluentValue};

/// A language that people are spoken to in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese, as written in the People's Republic.
    ZhCn,
}

impl Lang {
    /// Every language, in the order of the menu.
    pub const ALL: [Lang; 2] = [Lang::En, Lang::ZhCn];

    /// BCP 47 tag, as in the `lang` cookie and the `lang` attribute.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::ZhCn => "zh-CN",
        }
    }

    /// The language's own name.
    pub fn name(self) -> &'static str {
        match self {
            Lang::En => "English",
            Lang::ZhCn => "简体中文",
        }
    }

    /// The language of a tag; any kind of Chinese gets the Chinese we have.
    pub fn from_tag(tag: &str) -> Option<Lang> {
        let primary = tag.trim().split(['-', '_']).next()?;
        if primary.eq_ignore_ascii_case("en") {
            Some(Lang::En)
        } else if primary.eq_ignore_ascii_case("zh") {
            Some(Lang::ZhCn)
        } else {
            None
        }
    }

    /// The language to speak: what was chosen (the `lang` cookie), or else the best of
    /// `Accept-Language`, or else English.
    pub fn negotiate(chosen: Option<&str>, accept_language: Option<&str>) -> Lang {
        if let Some(lang) = chosen.and_then(Lang::from_tag) {
            return lang;
        }
        let mut best = (Lang::default(), 0.0);
        for part in accept_language.unwrap_or_default().split(',').take(32) {
            let mut words = part.split(';');
            let Some(lang) = words.next().and_then(Lang::from_tag) else { continue };
            let weight = words.find_map(|word| word.trim().strip_prefix("q="));
            let weight = weight.map_or(Some(1.0), |q| q.trim().parse::<f64>().ok()).unwrap_or(0.0);
            if weight > best.1 {
                best = (lang, weight);
            }
        }
        best.0
    }

    /// The text of this key.
    pub fn t(self, key: &str) -> String {
        self.text(key, None)
    }

    /// The text of this key with its variables filled in.
    pub fn t_with(self, key: &str, args: &[(&str, &dyn Arg)]) -> String {
        let mut fluent = FluentArgs::with_capacity(args.len());
        for (name, value) in args {
            fluent.set(*name, value.value());
        }
        self.text(key, Some(&fluent))
    }

    /// The text of this key with variables that are words already.
    pub fn say(self, key: &str, variables: &[(&str, &str)]) -> String {
        let args: FluentArgs<'_> = variables.iter().map(|(name, value)| (*name, *value)).collect();
        self.text(key, Some(&args))
    }

    /// The text of this key, if there is one.
    pub fn find(self, key: &str) -> Option<String> {
        self.has(key).then(|| self.t(key))
    }

    /// Whether there is a text of this key.
    pub fn has(self, key: &str) -> bool {
        bundle(self).has_message(key)
    }

    fn text(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let bundle = bundle(self);
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return format!("⟨{key}⟩");
        };
        bundle.format_pattern(pattern, args, &mut Vec::new()).into_owned()
    }
}

/// A value that a text may hold.
pub trait Arg {
    /// As fluent takes it.
    fn value(&self) -> FluentValue<'_>;
}

impl<T: Arg + ?Sized> Arg for &T {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

impl Arg for str {
    fn value(&self) -> FluentValue<'_> {
        self.into()
    }
}

impl Arg for String {
    fn value(&self) -> FluentValue<'_> {
        self.as_str().into()
    }
}

macro_rules! number_args {
    ($($number:ty)*) => {$(
        impl Arg for $number {
            fn value(&self) -> FluentValue<'_> {
                (*self).into()
            }
        }
    )*};
}
number_args!(u16 u32 u64 usize i32 i64 f64);
