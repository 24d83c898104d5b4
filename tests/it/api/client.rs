//! A program that asks the API with a token.

use crate::harness::http::{Answer, Http};
use crate::web::inside::Inside;
use serde_json::{Value, json};
use watchroom::clock::Clock as _;
use watchroom_domain::*;
use watchroom_wire::tls::{hex, sha256};

/// JSON, as it is sent.
pub const JSON: (&str, &str) = ("Content-Type", "application/json");

/// A program with a token.
pub struct Client {
    http: Http,
    pub token: String,
}

impl Client {
    /// A program with this token.
    pub fn new(http: Http, token: &str) -> Self {
        Self { http, token: token.to_owned() }
    }

    /// Sends a request with the token and these headers.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let text = body.map(Value::to_string).unwrap_or_default();
        let length = text.len().to_string();
        let mut all = vec![("Authorization", bearer.as_str())];
        all.extend(body.map(|_| JSON));
        // The client itself says how long a POST is.
        all.extend((method != "POST").then_some(("Content-Length", length.as_str())));
        all.extend(headers);
        self.http.send(method, path, &all, &text).await
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    /// A thing that is there.
    pub async fn read(&mut self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        of_json(&answer)
    }

    pub async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &[], Some(&body)).await
    }

    /// Makes a thing; gives it and its path.
    pub async fn make(&mut self, path: &str, body: Value) -> (Value, String) {
        let answer = self.post(path, body).await;
        assert_eq!(answer.status, 201, "{path}: {}", answer.body);
        (of_json(&answer), answer.location().to_owned())
    }
}

/// The JSON of an answer.
pub fn of_json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|e| panic!("{e}: {}", answer.body))
}

/// The code of a problem, told as problems are.
pub fn problem(answer: &Answer) -> String {
    assert_eq!(answer.header("Content-Type"), Some("application/problem+json"), "{}", answer.body);
    let told = of_json(answer);
    assert_eq!(told["status"], answer.status);
    for field in ["type", "title", "detail", "code"] {
        assert!(told[field].as_str().is_some_and(|text| !text.is_empty()), "{field} of {told}");
    }
    assert!(told["type"].as_str().unwrap().starts_with("/api/docs#problem-"), "{told}");
    assert!(told["errors"].is_array(), "{told}");
    told["code"].as_str().unwrap().to_owned()
}

/// The token of somebody, with these scopes, for an hour.
async fn token_of(inside: &Inside, person: SubjectId, scopes: &[TokenScope]) -> String {
    use watchroom::actors::handle::Submit as _;
    let now = inside.clock.now_us();
    let secret = format!("wrt_{}", hex(&sha256(format!("{person} {scopes:?}").as_bytes())));
    let command = Command::IssueApiToken {
        token: ApiTokenId::derived(&[&secret]),
        name: "A program".to_owned(),
        secret_sha256: hex(&sha256(secret.as_bytes())),
        scopes: scopes.iter().copied().collect(),
        expires_us: now + HOUR_US,
    };
    let envelope = Envelope::new(By::Person(person), command);
    inside.hub.core.registry.submit(envelope).await.unwrap();
    secret
}

/// A hub with people in every role, each by the role's name, and a program of the owner's that may everything.
pub async fn owned() -> (Inside, Client) {
    let people = [
        ("owner", Role::Owner),
        ("administrator", Role::Administrator),
        ("operator", Role::Operator),
        ("member", Role::Member),
        ("outsider", Role::Member),
        ("viewer", Role::Viewer),
    ];
    let inside = Inside::with_people(&people).await;
    let client = client_of(&inside, "owner", &TokenScope::ALL).await;
    (inside, client)
}

/// A program of somebody's, with these scopes.
pub async fn client_of(inside: &Inside, name: &str, scopes: &[TokenScope]) -> Client {
    let token = token_of(inside, SubjectId::derived(&[name]), scopes).await;
    Client::new(inside.web.stranger(), &token)
}

/// A machine's body.
pub fn machine(name: &str) -> Value {
    json!({"name": name, "tags": ["gpu"], "keeper": {"name": "Grace", "mail": "grace@example.org"}})
}

/// Asks by a session, or as a stranger, as one of the console's own pages would.
pub async fn ask(
    visitor: &mut Http,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Answer {
    let (origin, text) = (visitor.origin(), body.map(Value::to_string).unwrap_or_default());
    let length = text.len().to_string();
    let mut all = vec![("Origin", origin.as_str())];
    all.extend(body.map(|_| JSON));
    // The client itself says how long a POST is.
    all.extend((method != "POST").then_some(("Content-Length", length.as_str())));
    all.extend(headers);
    visitor.send(method, path, &all, &text).await
}
