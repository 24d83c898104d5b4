//! What can be asked of the bot.

use super::{ADA, Room};
use crate::web::inside::{in_system, named};

#[test]
fn status_alerts_and_pictures_are_answered() {
    in_system(async {
        let (mut room, machine) = Room::linked().await;
        room.hub.machine(named("quiet & small")).await;
        room.read(machine, 91.5).await;
        room.told(ADA, "91.5 °C").await;
        room.api.say(ADA, ADA, "/status");
        let status = room.told(ADA, "Machines: 2").await;
        assert!(status.text.contains("1 critical") && status.text.contains("1 not heard"), "{}", status.text);
        assert!(status.text.contains("quiet & small"));

        room.api.say(ADA, ADA, "/alerts@watchroom_test_bot");
        let alert = room.told(ADA, "node-07: Too hot").await;
        // In the words of the notices.
        assert!(alert.text.contains("temperature (coretemp) at 91.5 °C, over 88 °C"), "{}", alert.text);
        let press = room.api.press(ADA, alert.id, ADA, "Acknowledge");
        assert_eq!(room.api.answered(&press).await, "Acknowledged.");
        room.api.message("the buttons to go", ADA, |m| m.id == alert.id && m.buttons.is_empty()).await;

        room.api.say(ADA, ADA, "/graph node-07 temperature 10m");
        let picture = room.api.message("a picture", ADA, |m| m.photo.is_some()).await;
        assert!(picture.photo.unwrap().starts_with(b"\x89PNG"));
        assert!(
            picture.text.contains("temperature_c") && picture.text.contains("10 min"),
            "{}",
            picture.text
        );

        room.api.say(ADA, ADA, "/graph nowhere cpu");
        let names = room.told(ADA, "These machines there are").await;
        assert!(names.text.contains("node-07"), "{}", names.text);
        room.api.say(ADA, ADA, "/graph node-07 nonsense");
        let metrics = room.told(ADA, "These readings the machine has").await;
        assert!(metrics.text.contains("temperature_c"), "{}", metrics.text);
        room.api.say(ADA, ADA, "/graph node-07 temperature 60d");
        room.told(ADA, "A span is from 10m to 30d").await;
        room.api.say(ADA, ADA, "/help");
        room.told(ADA, "/graph MACHINE READING 6h").await;
        room.hub.hub.stop().await;
    });
}
