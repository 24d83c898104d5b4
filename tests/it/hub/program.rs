//! What the program promises to whoever starts and stops it.

use super::{TestHub, program};

#[tokio::test]
async fn a_second_hub_on_the_same_folder_is_refused_and_says_why() {
    let hub = TestHub::start().await;
    let second = program(&["serve", "--json", "--data"])
        .arg(hub.data_dir())
        .env("WATCHROOM__CONSOLE__LISTEN", "127.0.0.1:0")
        .env("WATCHROOM__SOCKET__LISTEN", "127.0.0.1:0")
        .output()
        .unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(3), "{said}");
    assert!(said.contains("in use by another hub"), "{said}");
}

#[tokio::test]
async fn asked_to_end_it_ends_well() {
    let mut hub = TestHub::owned().await;
    assert_eq!(hub.stop().await.code(), Some(0));
    hub.assert_sound();
}
