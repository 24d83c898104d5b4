//! That the double is taken for the real one by a client that knows nothing of it.

use super::super::smtp::python;
use super::{BotApi, Fault, TOKEN};
use std::process::{Command, Stdio};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/harness/bot_api/client.py");

#[tokio::test]
async fn python_telegram_bot_works_against_the_double() {
    let api = BotApi::start().await;
    let ada = api.person(42, "Ada", "en");
    let group = api.group(-7, "Room 2");
    api.fault("sendmessage", Fault::Entities);
    api.say(ada, ada, "/start CODE");
    let other = api.person(43, "Blocks", "en");
    api.block(other, true);
    api.migrate(group, -1_007, false);
    let mut command = Command::new(python());
    command.arg(SCRIPT).args([api.url(), TOKEN.to_owned()]).stdin(Stdio::null());
    let running = tokio::task::spawn_blocking(move || command.output().unwrap());
    let pressed = async {
        let shown = api.message("a message with a button", ada, |m| !m.buttons.is_empty()).await;
        let query = api.press(ada, shown.id, ada, "Yes");
        assert_eq!(api.answered(&query).await, "Taken");
        std::future::pending::<()>().await;
    };
    let output = tokio::select! {
        output = running => output.unwrap(),
        () = pressed => unreachable!(),
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let shown = api.posted(ada);
    assert_eq!(shown[0].text, "edited <b>");
    assert_eq!(shown[0].before, ["hello <b>"]);
    assert!(shown[1].photo.as_ref().unwrap().starts_with(b"\x89PNG"));
    assert_eq!(shown[1].reply_to, Some(shown[0].id));
}
