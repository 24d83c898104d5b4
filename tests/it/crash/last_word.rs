//! What a machine said just before the hub died is judged by the hub that comes after it, though the
//! machine never says it again.

use super::SLOW;
use crate::harness::smtp::SmtpServer;
use crate::harness::wait::until;
use crate::hub::TestHub;
use crate::socket::client::{Agent, frame, labelled};

const ROUNDS: usize = 8;
const METRIC: &str = "oven_c";

#[tokio::test]
async fn a_frame_acknowledged_right_before_the_end_still_wakes_somebody() {
    let mut server = SmtpServer::start().await;
    let mut hub = TestHub::owned().await;
    hub.mail_by(&server).await;
    hub.rule("Oven", METRIC, "90").await;
    let agent = Agent::join(&mut hub, "oven").await;
    let mut line = agent.open(&hub, 1).await;
    for round in 0..ROUNDS {
        for (n, (value, event, state)) in
            [(95.0, "AlertFired", "Firing"), (40.0, "AlertResolved", "Resolved")].into_iter().enumerate()
        {
            let seq = (2 * round + n) as u64 + 1;
            // Another oven each time: one that comes and goes is flapping, of which is told once.
            let said = line.ask(labelled(frame(seq, METRIC, value), "oven", &round.to_string())).await;
            assert_eq!(said["type"], "ack", "{said}");
            hub.kill();
            hub.restart().await;
            // Nothing further is said, so that only the log can tell the hub what there was.
            let what = format!("{event} number {}", round + 1);
            until(&what, SLOW, async || (hub.events(event).len() == round + 1).then_some(())).await;
            let told = |mails: &[crate::harness::smtp::Mail]| {
                let about = mails.iter().filter(|mail| super::tells(mail, state)).map(super::subject_of);
                about.collect::<std::collections::BTreeSet<_>>().len()
            };
            until(state, SLOW, async || (told(server.mails().await) == round + 1).then_some(())).await;
            line = agent.open(&hub, 1).await;
        }
    }
    hub.assert_sound();
}
