//! What the console does, done by a program.

use super::client::{ask, client_of, machine, of_json, owned, problem};
use crate::harness::wait::{PATIENCE, until};
use crate::web::inside::{in_system, rule, series};
use serde_json::json;
use watchroom::clock::Clock as _;
use watchroom_domain::*;

#[test]
fn a_machine_is_registered_changed_shared_enrolled_and_removed() {
    in_system(async {
        let (inside, mut owner) = owned().await;
        let (made, path) = owner.make("/api/v1/machines", machine("node-01")).await;
        assert_eq!((&made["health"], &made["right"]), (&json!("unknown"), &json!("manage")));
        assert_eq!(made["owner"], SubjectId::derived(&["owner"]).to_string());
        let read = owner.get(&path).await;
        let tag = read.header("ETag").unwrap().to_owned();
        // What is named changes, and the rest stays.
        let patch = json!({"place": "Rack 7", "keeper": {"phone": "123"}});
        let patched = owner.send("PATCH", &path, &[("If-Match", &tag)], Some(&patch)).await;
        assert_eq!(patched.status, 200, "{}", patched.body);
        let told = of_json(&patched);
        assert_eq!((&told["place"], &told["name"]), (&json!("Rack 7"), &json!("node-01")));
        assert_eq!(told["keeper"], json!({"name": "Grace", "phone": "123", "mail": "grace@example.org"}));
        // Somebody who has read it before that is told so, instead of undoing it.
        let late = owner.send("PUT", &path, &[("If-Match", &tag)], Some(&json!({"name": "node-1"}))).await;
        assert_eq!((late.status, problem(&late).as_str()), (412, "changed_meanwhile"));
        let now = patched.header("ETag").unwrap();
        let put = owner.send("PUT", &path, &[("If-Match", now)], Some(&json!({"name": "node-1"}))).await;
        let told = of_json(&put);
        assert_eq!(
            (&told["name"], &told["place"], &told["keeper"]),
            (&json!("node-1"), &json!(""), &json!(null))
        );
        let token = owner.post(&format!("{path}/join-tokens"), json!({})).await;
        assert_eq!(token.status, 201, "{}", token.body);
        let listed = owner.read(token.location()).await;
        assert_eq!(listed["items"][0]["uses_left"], 1);
        assert!(!listed.to_string().contains("secret"));
        let member = SubjectId::derived(&["member"]);
        let share = format!("{path}/shares/people/{member}");
        let shared = owner.send("PUT", &share, &[], Some(&json!({"right": "operate"}))).await;
        assert_eq!(
            of_json(&shared)["people"],
            json!([{"person": member.to_string(), "name": "Person member", "right": "operate"}])
        );
        assert_eq!(owner.send("DELETE", &share, &[], None).await.status, 204);
        assert_eq!(owner.send("DELETE", &share, &[], None).await.status, 404);
        let given = json!({"person": member.to_string()});
        let given = owner.send("PUT", &format!("{path}/owner"), &[], Some(&given)).await;
        assert_eq!(of_json(&given)["owner"], member.to_string());
        let viewer = json!({"person": SubjectId::derived(&["viewer"]).to_string()});
        let refused = owner.send("PUT", &format!("{path}/owner"), &[], Some(&viewer)).await;
        assert_eq!(of_json(&refused)["errors"][0]["pointer"], "/person");
        assert_eq!(owner.send("POST", &format!("{path}/revoke"), &[], None).await.status, 204);
        assert_eq!(owner.send("DELETE", &path, &[], None).await.status, 204);
        assert_eq!(owner.get(&path).await.status, 404);
        inside.hub.stop().await;
    });
}

#[test]
fn values_alerts_and_silences_are_read_and_acted_on() {
    in_system(async {
        let (mut inside, mut owner) = owned().await;
        let (made, path) = owner.make("/api/v1/machines", machine("node-01")).await;
        let id: MachineId = made["id"].as_str().unwrap().parse().unwrap();
        inside
            .tell(Command::AddRule { rule: rule("Too hot", "temperature_c", 88.0, Severity::Critical) })
            .await;
        let now = inside.clock.now_us();
        inside.read(id, now, &[(series("temperature_c", &[("sensor", "Core 0")]), 91.5)]).await;
        let alert = until("an alert", PATIENCE, async || {
            inside.hub.core.views.with(|s| s.incidents.values().find(|i| i.has_fired()).map(|i| i.incident))
        })
        .await;
        let values = owner.read(&format!("{path}/values")).await;
        let value = &values["items"][0];
        assert_eq!((&value["metric"], &value["value"]), (&json!("temperature_c"), &json!(91.5)));
        assert_eq!((&value["unit"], &value["labels"]["sensor"]), (&json!("°C"), &json!("Core 0")));
        let course = owner.read(&format!("{path}/series?metric=temperature_c&points=10")).await;
        assert_eq!(course["series"][0]["points"][0]["mean"], 91.5);
        let listed = owner.read("/api/v1/alerts?open=true&severity=critical").await;
        assert_eq!(listed["items"][0]["id"], alert.to_string());
        assert_eq!(listed["items"][0]["threshold"], 88.0);
        let alert = format!("/api/v1/alerts/{alert}");
        let until = json!({"until": jiff::Timestamp::from_microsecond(now + HOUR_US).unwrap().to_string()});
        let snoozed = owner.post(&format!("{alert}/snooze"), until.clone()).await;
        assert_eq!(of_json(&snoozed)["held"], "snoozed", "{}", snoozed.body);
        let acknowledged = owner.send("POST", &format!("{alert}/acknowledge"), &[], None).await;
        assert_eq!(of_json(&acknowledged)["status"], "acknowledged");
        let mut silence = until.clone();
        silence["scope"] = json!({"of": "machine", "machine": id.to_string()});
        silence["reason"] = json!("moving it");
        let (begun, silence) = owner.make("/api/v1/silences", silence).await;
        assert_eq!(begun["by"], SubjectId::derived(&["owner"]).to_string());
        assert_eq!(owner.read("/api/v1/silences").await["items"][0], begun);
        assert_eq!(owner.send("DELETE", &silence, &[], None).await.status, 204);
        let rules = owner.read("/api/v1/rules?metric=temperature_c").await;
        let own =
            rules["items"].as_array().unwrap().iter().find(|rule| rule["name"] == "Too hot").unwrap().clone();
        let path = format!("/api/v1/rules/{}", own["id"].as_str().unwrap());
        let off = owner.send("PATCH", &path, &[], Some(&json!({"enabled": false}))).await;
        let mut expected = own;
        expected["enabled"] = json!(false);
        assert_eq!(of_json(&off), expected);
        let over = owner.read(&alert).await;
        assert_eq!(
            (&over["status"], &over["resolved_because"]),
            (&json!("resolved"), &json!("rule_changed"))
        );
        let again = owner.send("POST", &format!("{alert}/acknowledge"), &[], None).await;
        assert_eq!((again.status, problem(&again).as_str()), (409, "not_open"));
        inside.hub.stop().await;
    });
}

#[test]
fn channels_people_and_groups_are_looked_after() {
    in_system(async {
        let (inside, mut owner) = owned().await;
        let settings = json!({"settings": {"host": "mail.example.org", "port": "465", "from": "hub@example.org",
            "user": "hub", "password": "a secret that is typed", "security": "implicit"}});
        let put = ("PUT", "/api/v1/channels/email");
        let by_token = owner.send(put.0, put.1, &[], Some(&settings)).await;
        assert_eq!((by_token.status, problem(&by_token).as_str()), (403, "mail_owner_only"));
        let mut session = inside.signed_in("administrator").await;
        let refused = ask(&mut session, put, &[], Some(&settings)).await;
        assert_eq!((refused.status, problem(&refused).as_str()), (403, "mail_owner_only"));
        let mut session = inside.signed_in("owner").await;
        let set = ask(&mut session, put, &[], Some(&settings)).await;
        assert_eq!(set.status, 200, "{}", set.body);
        let told = of_json(&set);
        assert_eq!(told["state"], "ready");
        assert!(told["settings"]["password"].as_str().unwrap().starts_with("file:"), "{told}");
        assert!(!set.body.contains("that is typed"));
        let wrong = json!({"settings": {"host": "mail.example.org", "hots": "x"}});
        let wrong = ask(&mut session, put, &[], Some(&wrong)).await;
        assert_eq!(of_json(&wrong)["errors"][0]["pointer"], "/settings/hots");
        let wish = json!({"channel": "email", "address": "ada@example.org", "at_least": "warning",
            "scope": {"of": "everywhere"},
            "quiet": {"from": "22:00", "to": "07:00", "days": ["monday"], "time_zone": "Europe/Zurich"}});
        let (made, path) = owner.make("/api/v1/subscriptions", wish.clone()).await;
        assert_eq!(made["quiet"]["days"], json!(["monday"]));
        let twice = owner.post("/api/v1/subscriptions", wish).await;
        assert_eq!((twice.status, problem(&twice).as_str()), (409, "subscribed"));
        let less = json!({"at_least": "critical", "scope": {"of": "tag", "tag": "gpu"}});
        let changed = of_json(&owner.send("PUT", &path, &[], Some(&less)).await);
        assert_eq!((&changed["at_least"], &changed["quiet"]), (&json!("critical"), &json!(null)));
        assert_eq!(owner.send("DELETE", &path, &[], None).await.status, 204);
        let member = format!("/api/v1/people/{}", SubjectId::derived(&["member"]));
        let role =
            owner.send("PUT", &format!("{member}/role"), &[], Some(&json!({"role": "operator"}))).await;
        assert_eq!(of_json(&role)["role"], "operator");
        let closed = owner.send("POST", &format!("{member}/suspend"), &[], None).await;
        assert_eq!(of_json(&closed)["suspended"], true);
        assert_eq!(owner.read("/api/v1/people?suspended=true").await["items"].as_array().unwrap().len(), 1);
        assert_eq!(owner.send("POST", &format!("{member}/restore"), &[], None).await.status, 200);
        let own = format!("/api/v1/people/{}/role", SubjectId::derived(&["owner"]));
        let own = owner.send("PUT", &own, &[], Some(&json!({"role": "member"}))).await;
        assert_eq!((own.status, problem(&own).as_str()), (403, "own_role"));
        let (_, group) = owner.make("/api/v1/groups", json!({"name": "Lab"})).await;
        let person = format!("{group}/members/{}", SubjectId::derived(&["member"]));
        let joined = of_json(&owner.send("PUT", &person, &[], None).await);
        assert_eq!(joined["members"].as_array().unwrap().len(), 1);
        assert_eq!(owner.send("DELETE", &person, &[], None).await.status, 204);
        assert_eq!(owner.send("DELETE", &group, &[], None).await.status, 204);
        assert_eq!(owner.read("/api/v1/hub").await["ready"], true);
        inside.hub.stop().await;
    });
}

#[test]
fn a_member_shares_and_gives_away_by_login_name_and_no_further_than_a_form_does() {
    in_system(async {
        let (inside, _) = owned().await;
        let mut member = client_of(&inside, "member", &TokenScope::ALL).await;
        let (_, path) = member.make("/api/v1/machines", json!({"name": "own"})).await;
        let group = GroupId::derived(&["lab"]);
        inside.tell(Command::AddGroup { group, name: "Secret lab".to_owned() }).await;
        let outsider = SubjectId::derived(&["outsider"]).to_string();
        let shared =
            member.post(&format!("{path}/shares"), json!({"login": "OUTSIDER", "right": "operate"})).await;
        let told = json!([{"person": outsider, "name": "Person outsider", "right": "operate"}]);
        assert_eq!((shared.status, &of_json(&shared)["people"]), (200, &told), "{}", shared.body);
        let nobody = member.post(&format!("{path}/shares"), json!({"login": "nob", "right": "see"})).await;
        assert_eq!((nobody.status, problem(&nobody).as_str()), (422, "no_such_login"));
        // A group that one is not in is as if it were not there.
        for group in [group, GroupId::derived(&["none"])] {
            let with = format!("{path}/shares/groups/{group}");
            let refused = member.send("PUT", &with, &[], Some(&json!({"right": "see"}))).await;
            assert_eq!((refused.status, problem(&refused).as_str()), (404, "not_found"), "{}", refused.body);
        }
        let owner = format!("{path}/owner");
        for (body, code) in [
            (json!({"person": null}), "owner_missing"),
            (json!({"login": "nob"}), "no_such_login"),
            (json!({"login": "viewer"}), "bad_owner"),
            (json!({}), "bad_choice"),
            (json!({"login": "outsider", "person": outsider}), "bad_choice"),
        ] {
            let refused = member.send("PUT", &owner, &[], Some(&body)).await;
            assert_eq!((refused.status, problem(&refused).as_str()), (422, code), "{body}");
        }
        let given = member.send("PUT", &owner, &[], Some(&json!({"login": "outsider"}))).await;
        assert_eq!((given.status, &of_json(&given)["owner"]), (200, &json!(outsider)), "{}", given.body);
        assert_eq!(member.get(&path).await.status, 404, "given away");
        inside.hub.stop().await;
    });
}
