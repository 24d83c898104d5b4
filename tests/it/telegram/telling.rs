//! One message an incident.

use super::{ADA, Room};
use crate::harness::bot_api::Fault;
use crate::web::inside::{in_system, series};
use watchroom::clock::Clock as _;

#[test]
fn an_incident_is_one_message_that_changes_and_its_end_is_a_reply_that_rings() {
    in_system(async {
        let (mut room, machine) = Room::linked().await;
        room.read(machine, 91.5).await;
        let first = room.told(ADA, "node-07: temperature (coretemp) at 91.5 °C").await;
        assert!(first.text.contains("Firing") && !first.silent, "{}", first.text);
        assert_eq!(first.labels().first(), Some(&"Acknowledge"));
        assert_eq!(first.reply_to, None);

        room.read(machine, 70.0).await;
        let last = room.told(ADA, "back at 70 °C").await;
        let reply = room.api.message("the end as a reply", ADA, |m| m.reply_to == Some(first.id)).await;
        assert!(
            !reply.silent && reply.buttons.is_empty() && reply.text.contains("Resolved"),
            "{}",
            reply.text
        );
        let changed = room.api.message("the first message changed", ADA, |m| !m.before.is_empty()).await;
        assert_eq!((changed.id, changed.labels().len()), (first.id, 0));
        assert!(changed.text.contains("Resolved") && last.text.contains("Resolved"));
        let rang = room.api.notified(ADA);
        assert_eq!(rang.len(), 3, "hello, the firing, the end: {rang:#?}");
        room.hub.hub.stop().await;
    });
}

#[test]
fn hostile_names_are_words_and_refused_marks_are_left_out() {
    in_system(async {
        let mut room = Room::new().await;
        room.link(ADA, ADA).await;
        let name = "<b>&\"<script></b>";
        let machine = room.hot_machine(name).await;
        let read = async |room: &mut Room, celsius| {
            let now = room.hub.clock.now_us();
            let key = series("temperature_c", &[("chip", "core\u{202e}temp")]);
            room.hub.read(machine, now, &[(key, celsius)]).await;
        };
        read(&mut room, 91.5).await;
        let shown = room.told(ADA, "<script>").await;
        // Marks that turn the direction of writing are left out.
        assert!(shown.text.contains(name) && shown.text.contains("coretemp"), "{}", shown.text);
        assert!(shown.entities.iter().all(|e| e["type"] != "code"));

        room.api.fault("sendmessage", Fault::Entities);
        read(&mut room, 70.0).await;
        let plain = room.told(ADA, "back at 70 °C").await;
        assert!(plain.text.contains(name) && plain.text.contains("https://localhost"), "{}", plain.text);
        room.hub.hub.stop().await;
    });
}
