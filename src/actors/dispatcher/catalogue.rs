//! The texts of notices and of the bot, three Fluent files a language.

use super::words::Language;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use std::fmt;
use unic_langid::LanguageIdentifier;

const EN: [&str; 3] = [
    include_str!("../../web/locales/en/notices.ftl"),
    include_str!("../../web/locales/en/bot.ftl"),
    include_str!("../../web/locales/en/letters.ftl"),
];
const ZH_CN: [&str; 3] = [
    include_str!("../../web/locales/zh-CN/notices.ftl"),
    include_str!("../../web/locales/zh-CN/bot.ftl"),
    include_str!("../../web/locales/zh-CN/letters.ftl"),
];

/// The texts of one language.
pub struct Catalogue(FluentBundle<FluentResource>);

impl Catalogue {
    /// The texts of a language.
    pub fn of(language: Language) -> Self {
        let sources = match language {
            Language::En => EN,
            Language::ZhCn => ZH_CN,
        };
        let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // Marks around variables are for mixed directions of writing; in a mail's subject they are seen.
        bundle.set_use_isolating(false);
        // A text with an error in it is left out and the rest is used; a test refuses such a text.
        for source in sources {
            let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(good, _)| good);
            bundle.add_resource_overriding(resource);
        }
        Self(bundle)
    }

    /// The text of a key, if there is one.
    pub fn find(&self, key: &str) -> Option<String> {
        let pattern = self.0.get_message(key)?.value()?;
        Some(self.0.format_pattern(pattern, None, &mut Vec::new()).into_owned())
    }

    /// The text of a key with its variables; the key itself where there is none.
    pub fn say(&self, key: &str, variables: &[(&str, &str)]) -> String {
        let Some(pattern) = self.0.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let args: FluentArgs<'_> = variables.iter().map(|(name, value)| (*name, *value)).collect();
        self.0.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Catalogue({:?})", self.0.locales)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// Keys with the variables that each text names.
    fn texts(source: &str) -> BTreeMap<&str, BTreeSet<&str>> {
        let lines = source.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        lines
            .map(|line| {
                let (key, text) = line.split_once(" = ").unwrap_or_else(|| panic!("{line}"));
                let names = text.split('$').skip(1);
                (key, names.filter_map(|rest| rest.split([' ', '}']).next()).collect())
            })
            .collect()
    }

    #[test]
    fn both_languages_have_the_same_texts_with_the_same_variables() {
        for (en, zh_cn) in EN.into_iter().zip(ZH_CN) {
            assert_eq!(texts(en), texts(zh_cn));
        }
        for source in EN.into_iter().chain(ZH_CN) {
            FluentResource::try_new(source.to_owned()).unwrap();
        }
    }

    #[test]
    fn every_metric_that_an_agent_sends_has_a_name() {
        for language in [Language::En, Language::ZhCn] {
            let catalogue = Catalogue::of(language);
            for metric in watchroom_domain::Metric::known() {
                let key = format!("notice-metric-{}", metric.name);
                assert!(catalogue.find(&key).is_some(), "{key}");
            }
        }
    }
}
