//! The page to read the document: made of it, so that it says the same.

use super::classes::CLASSES;
use super::document::{NOBODY, SCOPE, SESSION_ONLY, document};
use super::pictures::GIVEN;
use crate::texts::Lang;
use crate::web::Shared;
use crate::web::answer::{Answer, page};
use crate::web::context::Visitor;
use crate::web::view::{ApiDocs, ApiField, ApiGroup, ApiOperation, ApiProblem, ApiSchema};
use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};

/// The page.
///
/// # Errors
/// When it cannot be rendered.
pub async fn show(web: Shared, visitor: Visitor) -> Answer {
    let document = document();
    let problems = CLASSES.iter().map(|class| ApiProblem {
        status: class.status,
        name: class.name,
        title: class.title(Lang::En),
        text: class.text,
    });
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    let body = ApiDocs {
        l: visitor.l,
        groups: groups(&document),
        schemas: schemas.map(|(name, schema)| read_schema(name, schema)).collect(),
        problems: problems.collect(),
    };
    page(&web, &visitor, StatusCode::OK, body)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn groups(document: &Value) -> Vec<ApiGroup> {
    let tags = document["tags"].as_array().into_iter().flatten();
    let group = |tag: &Value| {
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            // In the order in which one reads: first what is there, then what changes it.
            for method in ["get", "post", "put", "patch", "delete"] {
                let operation = &item[method];
                if operation["tags"][0] == tag["name"] {
                    operations.push(read_operation(document, method, path, operation));
                }
            }
        }
        ApiGroup { name: text(&tag["name"]), text: text(&tag["description"]), operations }
    };
    tags.map(group).collect()
}

fn read_operation(document: &Value, method: &str, path: &str, operation: &Value) -> ApiOperation {
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let answers = operation["responses"].as_object().into_iter().flatten();
    let method = method.to_uppercase();
    ApiOperation {
        id: text(&operation["operationId"]),
        summary: text(&operation["summary"]),
        text: text(&operation["description"]),
        scope: text(&operation[SCOPE]),
        parameters: parameters
            .map(|parameter| ApiField {
                name: text(&parameter["name"]),
                kind: format!("{}, {}", text(&parameter["in"]), kind(&parameter["schema"]).0),
                schema: String::new(),
                required: parameter["required"] == true,
                text: text(&parameter["description"]),
            })
            .collect(),
        takes: reference(body),
        gives: answers
            .filter(|(status, _)| status.starts_with('2'))
            .map(|(status, answer)| {
                let schema = &answer["content"]["application/json"]["schema"];
                let listed = reference(&schema["properties"]["items"]["items"]);
                let named = if listed.is_empty() { reference(schema) } else { listed };
                (status.clone(), named)
            })
            .next()
            .unwrap_or_default(),
        lists: operation["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["items"]
            .is_object(),
        errors: operation["responses"]
            .as_object()
            .into_iter()
            .flat_map(Map::keys)
            .filter(|status| !status.starts_with('2'))
            .cloned()
            .collect::<Vec<_>>()
            .join(" "),
        curl: curl(&method, path, operation, &example(document, body, 0)),
        method,
        path: path.to_owned(),
    }
}

/// The name of the schema that a reference leads to; empty where it is none.
fn reference(schema: &Value) -> String {
    let path = schema["$ref"].as_str().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// What a schema is, in a word, and the schema that it leads to.
fn kind(schema: &Value) -> (String, String) {
    let named = reference(schema);
    if !named.is_empty() {
        return (named.clone(), named);
    }
    let some = ["oneOf", "anyOf"].iter().find_map(|key| schema[*key].as_array());
    if let Some(choices) = some {
        let found: Vec<_> = choices.iter().map(kind).filter(|(word, _)| word != "null").collect();
        let named = found.iter().map(|(_, named)| named.clone()).find(|named| !named.is_empty());
        let words: Vec<_> = found.into_iter().map(|(word, _)| word).collect();
        return (words.join(" | "), named.unwrap_or_default());
    }
    let types = match &schema["type"] {
        Value::Array(types) => {
            types.iter().map(text).filter(|kind| kind != "null").collect::<Vec<_>>().join(" | ")
        }
        one => text(one),
    };
    if types == "array" {
        let (word, named) = kind(&schema["items"]);
        return (format!("[{word}]"), named);
    }
    if let Some(words) = schema["enum"].as_array() {
        return (words.iter().map(text).collect::<Vec<_>>().join(" | "), String::new());
    }
    match schema["format"].as_str() {
        Some(format) => (format!("{types}, {format}"), String::new()),
        None => (types, String::new()),
    }
}

fn fields(schema: &Value) -> Vec<ApiField> {
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().map(text).collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let field = |(name, property): (&String, &Value)| {
        let (kind, schema) = kind(property);
        let text = text(&property["description"]);
        ApiField { name: name.clone(), kind, schema, required: required.contains(name), text }
    };
    properties.map(field).collect()
}

fn read_schema(name: &str, schema: &Value) -> ApiSchema {
    let variants = schema["oneOf"].as_array().into_iter().flatten();
    let words = schema["enum"].as_array().into_iter().flatten().map(text);
    let tagged = variants.map(|variant| (text(&variant["description"]), fields(variant)));
    ApiSchema {
        name: name.to_owned(),
        text: text(&schema["description"]),
        fields: fields(schema),
        variants: tagged.collect(),
        words: words.collect::<Vec<_>>().join(" | "),
    }
}

/// A value that a schema would take: its own examples, or the simplest there is.
fn example(document: &Value, schema: &Value, depth: usize) -> Value {
    if let Some(given) = schema.get("example") {
        return given.clone();
    }
    let named = reference(schema);
    if !named.is_empty() {
        return example(document, &document["components"]["schemas"][&named], depth + 1);
    }
    if let Some(first) = ["oneOf", "anyOf"]
        .iter()
        .find_map(|key| schema[*key].as_array()?.iter().find(|s| s["type"] != "null"))
    {
        return example(document, first, depth + 1);
    }
    if let Some(word) = schema["enum"].get(0) {
        return word.clone();
    }
    let kind = match &schema["type"] {
        Value::Array(types) => types.first().cloned().unwrap_or_default(),
        one => one.clone(),
    };
    match (kind.as_str(), schema["format"].as_str()) {
        (Some("object"), _) if depth < 5 => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let mut names: Vec<_> = required.map(str::to_owned).collect();
            if names.is_empty() {
                // Nothing is required: one field shows how it is done.
                let all = schema["properties"].as_object().into_iter().flatten();
                names.extend(
                    all.filter(|(_, field)| field.get("example").is_some()).map(|(n, _)| n.clone()).take(1),
                );
            }
            let pairs = names.into_iter().map(|name| {
                let value = example(document, &schema["properties"][&name], depth + 1);
                (name, value)
            });
            Value::Object(pairs.collect())
        }
        (Some("array"), _) => json!([example(document, &schema["items"], depth + 1)]),
        (Some("string"), Some("uuid")) => json!("0196a0c4-0000-7000-8000-000000000001"),
        (Some("string"), _) => json!("…"),
        (Some("integer" | "number"), _) => json!(60),
        (Some("boolean"), _) => json!(true),
        (Some("object"), _) => json!({}),
        _ => Value::Null,
    }
}

/// How the operation is tried: with a token where one is enough, with a session where none is.
fn curl(method: &str, path: &str, operation: &Value, body: &Value) -> String {
    let path = path.replace('{', "$").replace('}', "");
    let needs = text(&operation[SCOPE]);
    let mut line = match needs.as_str() {
        NOBODY | SESSION_ONLY => "curl -b jar -c jar".to_owned(),
        _ => "curl -H \"Authorization: Bearer $TOKEN\"".to_owned(),
    };
    if method != "GET" {
        line += &format!(" -X {method}");
        if [NOBODY, SESSION_ONLY].contains(&needs.as_str()) {
            line += " -H \"Origin: $HUB\"";
        }
    }
    if operation["requestBody"]["content"].get(GIVEN).is_some() {
        line += &format!(" \\\n  -H \"Content-Type: {GIVEN}\" --data-binary @me.jpg");
    }
    if !body.is_null() {
        let text = body.to_string().replace('\'', "'\\''");
        line += &format!(" \\\n  -H \"Content-Type: application/json\" -d '{text}'");
    }
    line + &format!(" \\\n  \"$HUB{path}\"")
}
