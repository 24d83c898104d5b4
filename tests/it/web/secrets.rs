//! Secrets that are typed into the forms of channels: where they stand, and what becomes of them.

use super::inside::{Inside, in_system};
use std::collections::BTreeMap;

type Field<'f> = (&'f str, &'f str);

const NAME: Field<'_> = ("targets.0.name", "hook");
const URL: Field<'_> = ("targets.0.url", "https://hook.example.org/typed-url");

fn values(inside: &Inside) -> BTreeMap<String, String> {
    inside.hub.core.views.with(|s| {
        let row = s.channels.get("webhook").and_then(|c| c["targets"][0].as_object().cloned());
        let cells = row.into_iter().flatten();
        cells.map(|(key, value)| (key, value.as_str().unwrap_or_default().to_owned())).collect()
    })
}

/// What stands in the files of ours for the webhook.
fn files(inside: &Inside) -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(inside.secrets()) else { return Vec::new() };
    let files = folder.map(|entry| entry.unwrap());
    let ours = files.filter(|f| f.file_name().to_string_lossy().starts_with("webhook-"));
    let mut found: Vec<_> = ours.map(|f| std::fs::read_to_string(f.path()).unwrap()).collect();
    found.sort();
    found
}

#[test]
fn a_secret_typed_beside_a_field_that_is_wrong_is_asked_for_again_and_a_replaced_one_is_removed() {
    in_system(async {
        let inside = Inside::start().await;
        let mut owner = inside.owner().await;
        let plain = ("targets.0.template", "plain");
        // The first row was emptied: what is wrong with the second stands beside the first that is left.
        let wrong = [
            ("targets.1.name", "hook"),
            ("targets.1.url", URL.1),
            ("targets.1.template", "fax"),
            ("targets.1.secret", "typed-secret"),
        ];
        let page = owner.post("/channels/webhook", &wrong).await;
        assert_eq!(page.status, 422);
        assert!(!page.body.contains("typed-secret") && !page.body.contains("typed-url"), "{}", page.body);
        assert!(!page.body.contains(".kept"), "nothing was kept");
        for field in ["url", "secret"] {
            let beside = format!("id=\"h-targets.0.{field}\"><span class=\"wrong-text\">What was typed here");
            assert!(page.body.contains(&beside), "{field}: {}", page.body);
        }
        assert_eq!(files(&inside), [""; 0]);

        let good = [NAME, URL, plain, ("targets.0.secret", "one")];
        assert_eq!(owner.post("/channels/webhook", &good).await.status, 303);
        assert_eq!(files(&inside), [URL.1, "one"]);
        let first = values(&inside);
        // A file beside them that somebody put there stays, whatever it is called.
        std::fs::write(inside.secrets().join("webhook-mine"), "mine").unwrap();

        let kept =
            [("targets.0.url.kept", first["url"].as_str()), ("targets.0.secret.kept", &first["secret"])];
        let fax = ("targets.0.template", "fax");
        let wrong = [NAME, fax, kept[0], kept[1], ("targets.0.secret", "two")];
        let page = owner.post("/channels/webhook", &wrong).await;
        assert_eq!(page.status, 422);
        assert_eq!(page.body.matches("What was typed here").count(), 1, "{}", page.body);
        assert!(page.body.contains(&first["secret"]), "the one before counts until it is typed again");
        assert_eq!(files(&inside), [URL.1, "mine", "one"]);

        let two = [NAME, plain, kept[0], kept[1], ("targets.0.secret", "two")];
        assert_eq!(owner.post("/channels/webhook", &two).await.status, 303);
        assert_eq!(files(&inside), [URL.1, "mine", "two"], "the replaced one is gone");
        assert_eq!(values(&inside)["url"], first["url"]);
        assert!(
            first["url"].starts_with("file:secrets/webhook-"),
            "wherever the data folder lies: {first:?}"
        );
    });
}

#[test]
fn what_is_typed_as_an_address_or_a_token_must_look_like_one() {
    in_system(async {
        let inside = Inside::start().await;
        let mut owner = inside.owner().await;
        let plain = ("targets.0.template", "slack");
        for (template, url) in [
            (plain, "not a url"),
            (plain, "ftp://example.org/hook"),
            (plain, "https://u:p@example.org/hook"),
            (("targets.0.template", "ntfy"), "https://ntfy.sh/"),
        ] {
            let form = [NAME, template, ("targets.0.url", url)];
            let page = owner.post("/channels/webhook", &form).await;
            assert_eq!(page.status, 422, "{url}");
            assert!(page.body.contains("hook: "), "the target is named: {}", page.body);
        }
        assert_eq!(files(&inside), [""; 0], "nothing is kept of it");
        let page = owner.post("/channels/telegram", &[("token", "hello")]).await;
        assert_eq!(page.status, 422);
        assert!(page.body.contains("@BotFather"), "{}", page.body);
    });
}

#[test]
fn a_mail_password_typed_beside_a_field_that_is_wrong_is_asked_for_again() {
    in_system(async {
        let inside = Inside::start().await;
        let mut owner = inside.owner().await;
        let with = |port, kind| {
            [
                ("host", "mail.example.org"),
                ("port", port),
                ("security", "starttls"),
                ("user", if kind == "none" { "" } else { "hub" }),
                ("password_kind", kind),
                ("password", "typed-secret"),
                ("from", "hub@example.org"),
            ]
        };
        let page = owner.post("/mail", &with("0", "typed")).await;
        assert_eq!(page.status, 422);
        assert!(page.body.contains("What was typed here was not kept"), "{}", page.body);
        let file = inside.secrets().join("smtp-password");
        assert!(!file.exists());
        assert_eq!(owner.post("/mail", &with("587", "typed")).await.status, 303);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "typed-secret");
        assert_eq!(owner.post("/mail", &with("587", "none")).await.status, 303);
        assert!(!file.exists(), "nothing needs it any more");
    });
}
