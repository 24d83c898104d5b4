//! The document says what there is: no operation is missing in it, and none is made up.

use super::client::{of_json, owned};
use crate::web::inside::in_system;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use watchroom::web::{Door, ROUTES};
use watchroom_domain::{Action, TokenScope};

/// Operations of the document, by method and path.
fn operations(document: &Value) -> BTreeMap<(String, String), Value> {
    let mut all = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.insert((method.to_uppercase(), path.clone()), operation.clone());
        }
    }
    all
}

/// The scope that a door needs of a token, as the document names it.
fn scope(door: Door) -> &'static str {
    let action = match door {
        Door::Open => return "none",
        Door::May(action) | Door::On(action, ..) => action,
        other => panic!("{other:?} is no door of an operation"),
    };
    match TokenScope::of(action) {
        Some(TokenScope::Read) => "read",
        Some(TokenScope::Act) => "act",
        Some(TokenScope::Manage) => "manage",
        Some(TokenScope::Administer) => "administer",
        None => {
            let own = [Action::ManageOwnAccount, Action::SignIn, Action::ConfirmMail];
            assert!(own.contains(&action), "{action:?}");
            "session"
        }
    }
}

#[test]
fn every_operation_stands_in_the_document_with_its_scope_and_its_answers() {
    in_system(async {
        let (inside, mut owner) = owned().await;
        let document = owner.read("/api/v1/openapi.json").await;
        assert_eq!(document["openapi"].as_str().map(|version| &version[..4]), Some("3.1."));
        let mut told = operations(&document);
        let api =
            ROUTES.iter().filter(|r| r.pattern.starts_with("/api/v1/") && !r.pattern.ends_with(".json"));
        let mut names = BTreeSet::new();
        for route in api {
            let operation = told
                .remove(&(route.method.to_owned(), route.pattern.to_owned()))
                .unwrap_or_else(|| panic!("{route:?} is not in the document"));
            let what = format!("{} {}", route.method, route.pattern);
            assert_eq!(operation["x-required-scope"], scope(route.door), "{what}");
            assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "{what}");
            assert!(!operation["summary"].as_str().unwrap().is_empty(), "{what}");
            assert!(!operation["tags"].as_array().unwrap().is_empty(), "{what}");
            let answers: Vec<_> = operation["responses"].as_object().unwrap().keys().cloned().collect();
            assert!(answers.iter().any(|status| status.starts_with('2')), "{what}: {answers:?}");
            for status in ["400", "401", "403", "422", "429", "500", "503"] {
                assert!(answers.contains(&status.to_owned()), "{what} lacks {status}");
            }
            let named = route.pattern.contains('{') || route.method == "DELETE";
            assert_eq!(named, answers.contains(&"404".to_owned()), "{what}");
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let has = |name: &str| parameters.iter().any(|parameter| parameter["name"] == name);
            assert_eq!(has("Idempotency-Key"), route.method == "POST", "{what}");
            for part in route.pattern.split('/').filter_map(|p| p.strip_prefix('{')?.strip_suffix('}')) {
                assert!(has(part), "{what} does not tell of {part}");
            }
        }
        assert!(told.is_empty(), "the document makes up {:?}", told.keys());
        assert!(names.len() > 100, "{}", names.len());
        inside.hub.stop().await;
    });
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_says_what_its_fields_are() {
    in_system(async {
        let (inside, _) = owned().await;
        let mut stranger = inside.web.stranger();
        // Programs that make clients have no token.
        let document = of_json(&stranger.get("/api/v1/openapi.json").await);
        let mut open = vec![&document];
        while let Some(value) = open.pop() {
            if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
                let found = document.pointer(reference.strip_prefix('#').unwrap());
                assert!(found.is_some(), "{reference}");
            }
            match value {
                Value::Object(fields) => open.extend(fields.values()),
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
        let schemas = document["components"]["schemas"].as_object().unwrap();
        for (name, schema) in schemas {
            let said = schema["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(said, "{name} is not described");
        }
        inside.hub.stop().await;
    });
}
