//! Somebody claims an address that is another's: what goes there still goes there, also when the claim is gone.

use super::{Room, fields};
use crate::harness::smtp::Mail;
use crate::harness::wait::PATIENCE;
use crate::web::inside::{in_system, rule, series};
use watchroom::clock::Clock as _;
use watchroom_domain::*;

const BOSS: &str = "boss@example.org";

#[test]
fn an_address_that_somebody_claims_goes_on_being_told() {
    in_system(async {
        let mut room = Room::new(Registration::Open).await;
        let mut eve = room.inside.web.stranger();
        eve.post("/register", &fields("eve", BOSS)).await;
        let views = room.inside.hub.core.views.clone();
        let claims = views.with(|s| s.person_by_login("eve").unwrap().person);
        let wish = [("address", BOSS), ("severity", "warning"), ("scope", "everywhere")];
        assert_eq!(room.owner.post("/channels/email/subscriptions", &wish).await.status, 303);
        let made = room.owner.post("/machines/new", &[("name", "node-07"), ("keeper_mail", BOSS)]).await;
        assert_eq!(made.status, 303);
        let (machine, kept) = views.with(|s| {
            let machine = s.machines.values().next().unwrap();
            (machine.machine, machine.keeper.as_ref().unwrap().subject)
        });
        let wished =
            views.with(|s| s.subscriptions.values().find(|s| s.address == BOSS).map(|s| s.subject).unwrap());
        assert_eq!(kept, wished, "one address has one key");
        assert_ne!(kept, claims, "and that is not the claim's");
        assert_eq!(room.owner.post(&format!("/people/{claims}/suspend"), &[]).await.status, 303);

        let hot = rule("Too hot", "temperature_c", 88.0, Severity::Critical);
        room.inside.tell(Command::AddRule { rule: hot }).await;
        let now = room.inside.clock.now_us();
        room.inside.read(machine, now, &[(series("temperature_c", &[]), 91.5)]).await;
        let told = |mail: &Mail| mail.to == [BOSS] && mail.subject().contains("Too hot");
        room.server.mail("the alarm", PATIENCE, told).await;

        let gone = room.owner.post(&format!("/people/{claims}/forget"), &[]).await;
        assert_eq!(gone.status, 303, "{}", gone.body);
        views.with(|s| {
            assert!(!s.people.contains_key(&claims));
            assert!(s.machines[&machine].keeper.is_some(), "the keeper stays");
            assert!(s.subscriptions.values().any(|s| s.address == BOSS), "and so does the subscription");
        });
        room.inside.hub.stop().await;
    });
}
