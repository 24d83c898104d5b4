//! A backup made under load becomes a hub again, and agents go on with it.

use crate::harness::databases::{Database, Kind};
use crate::hub::{More, TestHub, program};
use crate::socket::client::{Agent, code, frame, hear, say};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;

/// What a command of the program said as JSON.
fn said(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn backup(hub: &TestHub, file: &Path, more: &[&str]) -> Value {
    said(&hub.run(&[&["backup", file.to_str().unwrap(), "--json"], more].concat()))
}

fn restore(file: &Path, data: &Path) -> Output {
    program(&["restore", "--json", "--data"]).arg(data).arg(file).output().unwrap()
}

fn check(file: &Path) -> Output {
    program(&["restore", "--check", "--json"]).arg(file).output().unwrap()
}

#[tokio::test]
async fn a_backup_under_load_is_restored_and_agents_go_on() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut line = agent.open(&hub, 7).await;
    line.record(1, "cpu_percent", 1.0).await;
    let file = hub.beside("backup.wr");
    // Frames go on being recorded while the backup is made.
    let made = tokio::task::spawn_blocking({
        let (settings, file) = (hub.settings_file(), file.clone());
        move || program(&["backup", "--json"]).arg(file).arg("--config").arg(settings).output().unwrap()
    });
    let mut acknowledged = 1;
    while !made.is_finished() || acknowledged < 20 {
        acknowledged += 1;
        line.record(acknowledged, "cpu_percent", acknowledged as f64).await;
    }
    let made = said(&made.await.unwrap());
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    for _ in 0..5 {
        acknowledged += 1;
        line.record(acknowledged, "cpu_percent", acknowledged as f64).await;
    }
    drop(line);
    hub.kill();
    let authority = hub.ca_pem();
    let key = hub.data_dir().join("master.key");

    let data = hub.beside("restored");
    let restored = said(&restore(&file, &data));
    assert_eq!((&restored["events"], &restored["epoch"]), (&made["events"], &json!(2)));
    assert_eq!(restored["missing_master_keys"], made["master_keys"], "the key is kept apart");
    assert!(data.join("settings-from-backup.toml").exists());
    hub.move_to(data.clone(), &More::default());
    let keyless = hub.run(&["serve"]);
    let words = String::from_utf8_lossy(&keyless.stderr).into_owned();
    assert!(keyless.status.code() == Some(3) && words.contains("master.key"), "{words}");
    std::fs::copy(key, data.join("master.key")).unwrap();

    hub.restart().await;
    assert_eq!(hub.ca_pem(), authority, "agents know the hub again");
    let head = made["events"].as_u64().unwrap();
    assert!(hub.assert_sound() > head);
    let note = hub.events("LogRestored");
    assert_eq!((note.len(), &note[0]["head"], &note[0]["epoch"]), (1, &json!(head), &json!(2)));
    let page = hub.web.get("/machines").await;
    assert!(page.status == 200 && page.body.contains("node-01"), "the session and the machine are there");

    // The agent was promised more than this log holds.
    let kept = hub.events("Telemetry").len() as u64;
    let mut line = agent.open(&hub, 7).await;
    assert_eq!(line.last_seq(), kept);
    assert!(kept < acknowledged);
    let next = acknowledged + 1;
    assert_eq!(line.ask(frame(next, "cpu_percent", 1.0)).await["error"]["code"], "sequence_gap");
    // What it still has is asked again, what it has not is reported, and nothing counts twice.
    line.record(kept + 1, "cpu_percent", 5.0).await;
    let mut gone = frame(next, "cpu_percent", 6.0);
    gone["dropped"] = json!(next - kept - 2);
    assert_eq!(line.ask(gone).await, json!({"type": "ack", "seq": next}));
    say(&mut line.socket, frame(next, "cpu_percent", 7.0)).await;
    let again = hear(&mut line.socket).await;
    assert!(again["type"] == "ack" || code(&again) == "sequence_repeated", "{again}");
    assert_eq!(hub.events("Telemetry").len() as u64, kept + 2);
    hub.assert_sound();
}

#[tokio::test]
async fn a_backup_with_its_master_key_needs_nothing_else() {
    let mut hub = TestHub::owned().await;
    let machine = hub.machine("node-01").await;
    let file = hub.beside("whole.wr");
    let made = backup(&hub, &file, &["--with-master-key"]);
    assert_eq!(made["with_master_key"], true);
    hub.kill();
    let data = hub.beside("restored");
    assert_eq!(said(&restore(&file, &data))["missing_master_keys"], json!([]));
    hub.move_to(data, &More::default());
    hub.restart().await;
    assert_eq!(hub.web.get(&format!("/machines/{machine}")).await.status, 200);
    let again = hub.run(&["backup", file.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(2), "no backup is written over another");
}

#[tokio::test]
async fn a_file_that_was_cut_or_changed_and_a_target_in_use_are_refused() {
    let hub = TestHub::owned().await;
    let file = hub.beside("backup.wr");
    backup(&hub, &file, &[]);
    assert_eq!(said(&check(&file))["sound"], true);
    let whole = std::fs::read(&file).unwrap();
    let cut = hub.beside("cut.wr");
    let turned = hub.beside("turned.wr");
    std::fs::write(&cut, &whole[..whole.len() - 50]).unwrap();
    let mut bytes = whole.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&turned, bytes).unwrap();
    for (wrong, words) in [(&cut, "cut short"), (&turned, "not what was written")] {
        for (number, output) in [check(wrong), restore(wrong, &hub.beside(words))].into_iter().enumerate() {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.code() == Some(1) && text.contains(words), "{number}: {text}");
        }
        let serve = program(&["serve", "--data"])
            .arg(hub.beside(words))
            .env("WATCHROOM__CONSOLE__LISTEN", "127.0.0.1:0")
            .env("WATCHROOM__SOCKET__LISTEN", "127.0.0.1:0")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&serve.stderr).into_owned();
        assert!(
            serve.status.code() == Some(3) && text.contains("not ended"),
            "half a log serves nobody: {text}"
        );
    }
    let occupied = restore(&file, &hub.data_dir());
    let text = String::from_utf8_lossy(&occupied.stderr).into_owned();
    assert!(occupied.status.code() == Some(2) && text.contains("not empty"), "{text}");
    let other = hub.run(&["restore", hub.settings_file().to_str().unwrap(), "--data", "/nonexistent"]);
    assert_eq!(other.status.code(), Some(1), "the settings are no backup");
}

#[tokio::test]
async fn a_backup_without_keys_becomes_a_hub_with_an_authority_of_its_own() {
    let mut hub = TestHub::owned().await;
    let secrets = hub.data_dir().join("secrets");
    std::fs::create_dir_all(&secrets).unwrap();
    std::fs::write(hub.beside("elsewhere"), "linked").unwrap();
    std::os::unix::fs::symlink(hub.beside("elsewhere"), secrets.join("smtp-password")).unwrap();
    std::fs::write(secrets.join(".smtp-password.swp"), "left behind").unwrap();
    std::fs::write(secrets.join("large"), vec![0; (1 << 20) + 1]).unwrap();
    let (whole, keyless) = (hub.beside("whole.wr"), hub.beside("keyless.wr"));
    let made = backup(&hub, &whole, &[]);
    let left_out = made["left_out"].to_string();
    assert!(left_out.contains(".smtp-password.swp") && left_out.contains("large"), "{left_out}");
    assert_eq!(said(&check(&whole))["made_us"].as_i64().map(|us| us > 0), Some(true));
    backup(&hub, &keyless, &["--without-keys"]);
    let authority = hub.ca_pem();
    let key = hub.data_dir().join("master.key");
    hub.kill();
    let data = hub.beside("from-whole");
    said(&restore(&whole, &data));
    assert_eq!(std::fs::read_to_string(data.join("secrets/smtp-password")).unwrap(), "linked");
    let data = hub.beside("from-keyless");
    said(&restore(&keyless, &data));
    std::fs::copy(key, data.join("master.key")).unwrap();
    hub.move_to(data.clone(), &More::default());
    assert!(!data.join("ca.pem").exists(), "a hub makes itself an authority");
    std::fs::write(data.join("ca.pem"), authority).unwrap();
    let half = hub.run(&["serve"]);
    let words = String::from_utf8_lossy(&half.stderr).into_owned();
    assert!(half.status.code() == Some(3) && words.contains("its key"), "{words}");
}

#[tokio::test]
async fn a_restore_that_could_not_begin_can_be_tried_again() {
    let mut hub = TestHub::owned().await;
    let file = hub.beside("backup.wr");
    backup(&hub, &file, &[]);
    let data = hub.beside("restored");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::copy(hub.data_dir().join("master.key"), data.join("master.key")).unwrap();
    hub.kill();
    let away = program(&["restore", "--data"])
        .arg(&data)
        .arg(&file)
        .env("WATCHROOM__DATABASE__URL", "postgres://nobody@127.0.0.1:1/nothing")
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&away.stderr).into_owned();
    assert!(away.status.code() == Some(3) && !words.contains("remove"), "{words}");
    assert_eq!(said(&restore(&file, &data))["missing_master_keys"], json!([]));
    hub.move_to(data, &More::default());
    hub.restart().await;
}

#[tokio::test]
async fn a_log_moves_from_one_database_to_the_next() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut line = agent.open(&hub, 7).await;
    for seq in 1..=30 {
        line.record(seq, "cpu_percent", seq as f64).await;
    }
    drop(line);
    let mut file = hub.beside("sqlite.wr");
    let mut before = backup(&hub, &file, &["--with-master-key"]);
    hub.kill();
    for kind in [Kind::Postgres, Kind::MariaDb] {
        let database = Database::shared(kind).await;
        let data = hub.beside(&format!("{kind:?}"));
        let more = More { areas: database.settings(&hub.beside("")), ..More::default() };
        hub.move_to(data, &more);
        let restored = said(&hub.run(&["restore", "--json", file.to_str().unwrap()]));
        assert_eq!(
            (&restored["events"], &restored["chain"]),
            (&before["events"], &before["chain"]),
            "{kind:?}"
        );
        let again =
            hub.run(&["restore", file.to_str().unwrap(), "--data", hub.beside("other").to_str().unwrap()]);
        let words = String::from_utf8_lossy(&again.stderr).into_owned();
        assert!(
            again.status.code() == Some(2) && words.contains("not empty"),
            "the database is taken: {words}"
        );
        hub.restart().await;
        assert_eq!(hub.web.get(&format!("/machines/{}", agent.machine)).await.status, 200, "{kind:?}");
        let mut line = agent.open(&hub, 7).await;
        let seq = line.last_seq() + 1;
        line.record(seq, "cpu_percent", 1.0).await;
        drop(line);
        hub.assert_sound();
        file = hub.beside(&format!("{kind:?}.wr"));
        before = backup(&hub, &file, &["--with-master-key"]);
        hub.kill();
        std::fs::remove_dir_all(hub.beside("other")).unwrap();
    }
    assert_eq!(before["epoch"], 3);
    // The databases are gone with their test; the hub ends where there is one.
    let data = hub.beside("home");
    hub.move_to(data, &More::default());
    said(&hub.run(&["restore", "--json", file.to_str().unwrap()]));
    hub.restart().await;
    assert_eq!(hub.events("Telemetry").len(), 32);
}
