//! An owner who has lost everything, and may look into the hub's own folder.

use super::second_step::turn_on_at;
use crate::hub::TestHub;
use crate::web::inside::PASSPHRASE;
use watchroom::clock::{Clock as _, SystemClock};

#[tokio::test]
async fn whoever_is_on_the_hubs_machine_turns_off_a_second_step_that_is_lost() {
    let mut hub = TestHub::owned().await;
    turn_on_at(&mut hub.web, SystemClock.now_us()).await;
    let mut visitor = hub.web.stranger();
    let typed = [("login", "owner"), ("password", PASSPHRASE)];
    assert_eq!(visitor.post("/login", &typed).await.location(), "/login/code");
    let unknown = hub.run(&["person", "two-step-off", "nobody"]);
    let words = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(unknown.status.code() == Some(1) && words.contains("owner"), "{words}");
    let done = hub.run(&["person", "two-step-off", "Owner"]);
    let words = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success() && words.contains("off for Owner"), "{words}");
    assert_eq!(hub.run(&["person", "two-step-off", "owner"]).status.code(), Some(1), "it is off already");
    assert_eq!(hub.events("SecondFactorRemoved").len(), 1);
    assert_eq!(visitor.post("/login", &typed).await.location(), "/machines");
}
