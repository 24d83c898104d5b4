//! Buttons: for who may, for who may not, twice, and after the end.

use super::{ADA, Room};
use crate::web::inside::in_system;
use watchroom_domain::*;

const EVE: i64 = 666;
const GROUP: i64 = -77;

#[test]
fn a_press_acts_as_the_person_and_has_no_effect_twice() {
    in_system(async {
        let (mut room, machine) = Room::linked().await;
        room.read(machine, 91.5).await;
        let shown = room.told(ADA, "91.5 °C").await;
        let data = shown.buttons[0][0].1.clone();

        let press = room.api.press(ADA, shown.id, ADA, "Acknowledge");
        assert_eq!(room.api.answered(&press).await, "Acknowledged.");
        room.so("the acknowledgement", |s| s.incidents.values().any(|i| i.acknowledged_by.is_some())).await;
        let changed = room.api.message("the message to change", ADA, |m| !m.before.is_empty()).await;
        assert!(changed.text.contains("Ada Lovelace") && !changed.labels().contains(&"Acknowledge"));
        assert_eq!(room.api.notified(ADA).len(), 2, "a change rings nowhere");

        // The same press once more, as after a crash; and another one from a telephone that is behind.
        room.api.repeat();
        let again = room.api.press_data(ADA, shown.id, ADA, &data);
        assert_eq!(room.api.answered(&again).await, "That was done already.");
        assert_eq!(room.recorded(|e| matches!(e, Event::AlertAcknowledged(_))).await, 1);

        room.read(machine, 70.0).await;
        room.told(ADA, "back at 70 °C").await;
        let late = room.api.press_data(ADA, shown.id, ADA, &data);
        assert_eq!(room.api.answered(&late).await, "This alert is over.");
        room.hub.hub.stop().await;
    });
}

#[test]
fn snoozing_is_recorded_once_however_often_it_is_pressed() {
    in_system(async {
        let (mut room, machine) = Room::linked().await;
        room.read(machine, 91.5).await;
        let shown = room.told(ADA, "91.5 °C").await;
        let labels = shown.labels();
        assert!(labels.contains(&"Snooze 1 h") && labels.contains(&"Snooze 8 h"), "{labels:?}");
        let data = shown.buttons.iter().flatten().find(|(text, _)| text == "Snooze 1 h").unwrap().1.clone();
        let press = room.api.press_data(ADA, shown.id, ADA, &data);
        assert!(room.api.answered(&press).await.starts_with("Put off until "));
        room.api.repeat();
        let again = room.api.press_data(ADA, shown.id, ADA, &data);
        assert_eq!(room.api.answered(&again).await, "That was done already.");
        assert_eq!(room.recorded(|e| matches!(e, Event::AlertSnoozed(_))).await, 1);
        assert_eq!(room.recorded(|e| matches!(e, Event::PressTaken(_))).await, 1);
        room.hub.hub.stop().await;
    });
}

#[test]
fn in_a_group_a_press_counts_as_the_presser_and_a_stranger_is_refused_and_recorded() {
    in_system(async {
        let (mut room, machine) = Room::linked().await;
        room.api.person(EVE, "Eve", "en");
        room.api.group(GROUP, "Room <2>");
        room.link(GROUP, ADA).await;
        room.read(machine, 91.5).await;
        let shown = room.told(GROUP, "91.5 °C").await;

        let press = room.api.press(GROUP, shown.id, EVE, "Acknowledge");
        assert!(room.api.answered(&press).await.contains("not linked"));
        assert_eq!(room.recorded(|e| matches!(e, Event::RightRefused(_))).await, 1);
        assert_eq!(room.recorded(|e| matches!(e, Event::AlertAcknowledged(_))).await, 0);
        let nonsense = room.api.press_data(GROUP, shown.id, EVE, "a:nonsense");
        assert!(room.api.answered(&nonsense).await.contains("no use"));

        let press = room.api.press(GROUP, shown.id, ADA, "Acknowledge");
        assert_eq!(room.api.answered(&press).await, "Acknowledged.");
        let owner = room.hub.hub.core.views.with(|s| s.people.keys().next().copied());
        room.so("the owner's acknowledgement", |s| s.incidents.values().any(|i| i.acknowledged_by == owner))
            .await;
        room.hub.hub.stop().await;
    });
}
