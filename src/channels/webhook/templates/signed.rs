//! Our own JSON, and the group robots of DingTalk, WeCom and Feishu with their own ways of signing.

use super::{At, Written, cut, cut_bytes, line, lines, title};
use crate::channels::webhook::sign::hmac_sha256;
use crate::channels::{About, Notice};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Longest text of our own, in characters.
const LONGEST: usize = 4_000;
/// Longest text of DingTalk and Feishu, which take 20,000 bytes in all.
const ROBOT_TEXT: usize = 15_000;
/// Longest text of WeCom, in bytes.
const WECOM_TEXT: usize = 2_000;

/// Everything there is to say, for programs. `docs/webhooks.md` has the fields in words.
pub fn plain(notice: &Notice, at: At<'_>) -> Written {
    let facts: Vec<_> = notice
        .facts
        .iter()
        .map(|(label, value)| json!({"label": cut(label, 200), "value": cut(value, LONGEST)}))
        .collect();
    let body = json!({
        "version": 1,
        "delivery": notice.delivery.to_string(),
        "target": at.target.name,
        "kind": notice.kind,
        "incident": notice.incident.map(|i| i.to_string()),
        "severity": notice.severity,
        "again": notice.again,
        "late": notice.late,
        "at_us": notice.at_us,
        "language": notice.language,
        "subject": cut(&notice.subject, LONGEST),
        "state": cut(&notice.state, LONGEST),
        "headline": cut(&notice.headline, LONGEST),
        "sentences": notice.sentences.iter().map(|s| cut(s, LONGEST)).collect::<Vec<_>>(),
        "facts": facts,
        "link": notice.link.as_ref().map(|(address, _)| address),
        "about": notice.about.as_deref().map(about),
    });
    Written { url: at.url, body, bearer: None }
}

fn about(about: &About) -> Value {
    json!({
        "machine": about.machine.to_string(),
        "machine_name": cut(&about.machine_name, LONGEST),
        "rule": cut(&about.rule_name, LONGEST),
        "metric": about.metric,
        "labels": about.labels.iter().map(|(k, v)| json!([cut(k, 200), cut(v, LONGEST)])).collect::<Vec<_>>(),
        "value": about.value,
        "since_us": about.since_us,
        "fired_us": about.fired_us,
        "resolved_us": about.resolved_us,
    })
}

/// All of it as plain text, which none of the robots takes for markup.
fn text(notice: &Notice) -> String {
    let mut said = vec![title(notice)];
    said.extend(lines(notice));
    if let Some((address, words)) = &notice.link {
        said.push(format!("{}: {}", line(words), line(address)));
    }
    said.join("\n")
}

/// The robot wants the time in milliseconds and the sign of it in the address.
pub fn dingtalk(notice: &Notice, at: At<'_>) -> Written {
    let mut url = at.url;
    if let Some(secret) = at.secret {
        let timestamp = (at.now_us / 1_000).to_string();
        let sign = hmac_sha256(secret.as_bytes(), format!("{timestamp}\n{secret}").as_bytes());
        let sign = STANDARD.encode(sign);
        url.query_pairs_mut().append_pair("timestamp", &timestamp).append_pair("sign", &sign);
    }
    let content = cut_bytes(&text(notice), ROBOT_TEXT);
    let body = json!({"msgtype": "text", "text": {"content": content}, "at": {"isAtAll": false}});
    Written { url, body, bearer: None }
}

/// The robot knows us by the address alone.
pub fn wecom(notice: &Notice, at: At<'_>) -> Written {
    let content = cut_bytes(&text(notice), WECOM_TEXT);
    Written { url: at.url, body: json!({"msgtype": "text", "text": {"content": content}}), bearer: None }
}

/// The robot wants the time in seconds and a sign in the body, whose key is what others sign and which is over
/// nothing at all. In a post, unlike in its plain messages, tags in a text are not obeyed.
pub fn feishu(notice: &Notice, at: At<'_>) -> Written {
    let content = cut_bytes(&lines(notice).join("\n"), ROBOT_TEXT);
    let mut rows = vec![json!([{"tag": "text", "text": content}])];
    if let Some((address, words)) = &notice.link {
        rows.push(json!([{"tag": "a", "text": cut(&line(words), 200), "href": line(address)}]));
    }
    let post = json!({"title": cut(&title(notice), 500), "content": rows});
    let locale = if notice.language == "zh-CN" { "zh_cn" } else { "en_us" };
    let mut body = json!({"msg_type": "post", "content": {"post": {locale: post}}});
    if let (Some(secret), Value::Object(map)) = (at.secret, &mut body) {
        let timestamp = (at.now_us / 1_000_000).to_string();
        let sign = STANDARD.encode(hmac_sha256(format!("{timestamp}\n{secret}").as_bytes(), b""));
        map.insert("timestamp".to_owned(), Value::from(timestamp));
        map.insert("sign".to_owned(), Value::from(sign));
    }
    Written { url: at.url, body, bearer: None }
}
