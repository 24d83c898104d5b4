//! Trouble of the hub itself.

use crate::story::*;
use watchroom_domain::*;

fn report(trouble: Option<HubTrouble>) -> Command {
    Command::ReportHub { part: HubPart::Disk, trouble }
}

#[test]
fn whatever_is_seen_again_and_again_is_recorded_once() {
    let little = Some(HubTrouble::LittleRoom);
    let story = Story::settled();
    assert_eq!(story.then(By::Hub, report(None)), [""; 0]);
    assert_eq!(story.then(By::Hub, report(little)), ["HubTroubled"]);
    let story = story.given(By::Hub, report(little));
    assert_eq!(story.then(By::Hub, report(little)), [""; 0]);
    let story = story.given(By::Hub, report(Some(HubTrouble::Full)));
    assert_eq!(story.then(By::Hub, report(little)), ["HubTroubled"], "other trouble is told");
    let events = story.when(By::Hub, report(None)).unwrap();
    assert!(matches!(&events[..], [Event::HubRecovered(e)] if e.part == HubPart::Disk));
    let story = story.given(By::Hub, report(None));
    assert!(story.folded().hub_troubles.is_empty());
    assert_eq!(story.then(By::Hub, report(None)), [""; 0]);
}

#[test]
fn nobody_but_the_hub_says_how_the_hub_is() {
    let refused = Story::settled().when(By::Person(person(0)), report(Some(HubTrouble::Full)));
    assert_eq!(refused.unwrap_err().code, "forbidden");
}
