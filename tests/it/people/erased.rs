//! After somebody is forgotten, nothing of them is in any file: not in the log, not behind it, not in a backup made
//! afterwards, and neither is the key.

use super::portrait::send;
use super::{Room, fields};
use crate::harness::http::Http;
use crate::harness::wait::{PATIENCE, until};
use crate::hub::program;
use crate::web::inside::{PASSPHRASE, in_system, named};
use base64::Engine as _;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use sea_orm::{ConnectionTrait as _, Database, DbBackend, Statement};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use watchroom::event_log::Verdict;
use watchroom_domain::*;

const MAIL: &str = "quorra.xylander@example.org";
const PERSONAL: [&str; 4] = ["quorra", "Xylander", "+41 98 765 43 21", "Zorbium"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// Bytes as text that can be searched, whatever they are, without regard to case.
fn as_text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(byte.to_ascii_lowercase())).collect()
}

/// The files below a folder in which one of these stands.
fn holding(folder: &Path, wanted: &[Vec<u8>]) -> Vec<(PathBuf, usize)> {
    let mut all = Vec::new();
    files(folder, &mut all);
    let mut found = Vec::new();
    for file in all.iter().filter(|file| file.metadata().is_ok_and(|m| m.is_file())) {
        let bytes = as_text(&std::fs::read(file).unwrap());
        for (n, what) in wanted.iter().enumerate() {
            if bytes.contains(&as_text(what)) {
                found.push((file.clone(), n));
            }
        }
    }
    found
}

/// The key of a subject, as it lies in the database.
async fn key(data: &Path, subject: SubjectId) -> Vec<u8> {
    let mut files = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    let log = files.find(|path| path.extension().is_some_and(|e| e == "db")).unwrap();
    let db = Database::connect(format!("sqlite://{}?mode=ro", log.display())).await.unwrap();
    let sql = "SELECT wrapped FROM subject_keys WHERE key_id = ?";
    let values = [subject.as_bytes().to_vec().into()];
    let row = db.query_one_raw(Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)).await.unwrap();
    let wrapped: Option<Vec<u8>> = row.unwrap().try_get("", "wrapped").unwrap();
    db.close().await.unwrap();
    wrapped.unwrap()
}

/// Everything that a person can leave behind.
async fn live(room: &mut Room) -> (SubjectId, Http) {
    // Invited to the same address, and never come by that.
    let typed = [("mail", MAIL), ("role", "viewer"), ("days", "3"), ("language", "en")];
    assert_eq!(room.owner.post("/invitations", &typed).await.status, 303);
    let mut quorra = room.inside.web.stranger();
    let mut typed = fields("quorra", MAIL);
    typed.retain(|(name, _)| !["name", "phone"].contains(name));
    typed.extend([("name", "Quorra Xylander"), ("phone", "+41 98 765 43 21")]);
    quorra.post("/register", &typed).await;
    let (_, link) = room.letter("confirm", MAIL).await;
    quorra.post(&link, &[]).await;
    let body = format!("login=quorra&password={}", PASSPHRASE.replace(' ', "+"));
    let origin = quorra.origin();
    let headers = [("Origin", &*origin), crate::harness::http::FORM, ("User-Agent", "Zorbium/9")];
    assert_eq!(quorra.send("POST", "/login", &headers, &body).await.status, 303);
    quorra.post("/account/tokens", &[("name", "quorra-script"), ("days", "30"), ("read", "true")]).await;
    let mut png = Vec::new();
    let dots = RgbImage::from_fn(64, 64, |x, y| Rgb([(x * 7) as u8, (y * 5) as u8, (x ^ y) as u8]));
    DynamicImage::from(dots).write_to(&mut Cursor::new(&mut png), ImageFormat::Png).unwrap();
    assert!(send(&quorra, &png).await.starts_with("HTTP/1.1 303"));
    let person = room.inside.hub.core.views.with(|s| s.person_by_login("quorra").unwrap().person);
    let keeper = Keeper {
        subject: person,
        name: "Quorra Xylander".to_owned(),
        phone: "+41 98 765 43 21".to_owned(),
        mail: MAIL.to_owned(),
    };
    let machine = MachineId::derived(&["kept"]);
    room.inside.tell(Command::RegisterMachine { machine, details: named("kept"), keeper }).await;
    // Letters that are never delivered: one is given up, one waits in the queue.
    room.server.refuse(550).await;
    quorra.post("/forgot", &[("who", "quorra")]).await;
    let views = room.inside.hub.core.views.clone();
    let dead =
        |status| views.with(|s| s.deliveries.values().any(|d| d.recipient == person && d.status == status));
    until("a dead letter", PATIENCE, async || dead(DeliveryStatus::Dead).then_some(())).await;
    room.server.refuse(451).await;
    quorra.post("/forgot", &[("who", "quorra")]).await;
    until("a letter that waits", PATIENCE, async || dead(DeliveryStatus::Waiting).then_some(())).await;
    let another =
        [("name", "Quorra Xylander"), ("mail", "quorra.other@example.org"), ("current", PASSPHRASE)];
    assert_eq!(quorra.post("/account/profile", &another).await.status, 303);
    (person, quorra)
}

/// Some of a person's picture, as it stands in an event and as it is.
async fn picture(room: &Room, person: SubjectId) -> [Vec<u8>; 2] {
    let events = room.inside.hub.core.log.read_stream(&format!("person/{person}"), 0, 100).await.unwrap();
    let jpeg = events.iter().find_map(|recorded| match &recorded.event {
        Event::PortraitSet(e) => Some(e.jpeg.clone()),
        _ => None,
    });
    let text = jpeg.unwrap().into_bytes();
    let raw = base64::engine::general_purpose::STANDARD.decode(&text).unwrap();
    [text, raw].map(|bytes| bytes[bytes.len() / 2..][..40].to_vec())
}

#[test]
fn nothing_of_somebody_who_was_forgotten_is_in_any_file_and_neither_is_the_key() {
    in_system(async {
        let mut room = Room::new(Registration::Open).await;
        let data = room.inside.data();
        let mut wanted = PERSONAL.map(|text| text.as_bytes().to_vec()).to_vec();
        let core_log = room.inside.hub.core.log.clone();
        let (person, mut quorra) = live(&mut room).await;
        wanted.extend(picture(&room, person).await);
        assert_eq!(holding(&data, &wanted), [], "not even before");
        wanted.push(key(&data, person).await);
        assert!(!holding(&data, &wanted).is_empty(), "what is looked for is found: the key is there");
        let left = quorra.post("/account/leave", &[("current", PASSPHRASE)]).await;
        assert_eq!(left.status, 303, "{}", left.body);
        room.inside.hub.core.views.with(|s| {
            assert!(s.accounts.invitations.values().all(|i| !i.mail.contains("quorra")));
            assert!(s.accounts.confirmations.is_empty());
        });
        until("the key's end", PATIENCE, async || {
            core_log.not_forgotten(&[person]).await.unwrap().is_empty().then_some(())
        })
        .await;
        // The journal is emptied right behind that.
        until("no trace of it", PATIENCE, async || holding(&data, &wanted).is_empty().then_some(())).await;

        let file = data.parent().unwrap().join("backup.wr");
        let made = program(&["backup", "--data"]).arg(&data).arg(&file).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let restored = data.parent().unwrap().join("restored");
        let back = program(&["restore", "--data"]).arg(&restored).arg(&file).output().unwrap();
        assert!(back.status.success(), "{}", String::from_utf8_lossy(&back.stderr));
        assert_eq!(holding(&restored, &wanted), [], "in what a backup brings back");
        let verdict = core_log.verify(|_| ()).await.unwrap();
        assert!(matches!(verdict, Verdict::Sound { .. }), "{verdict:?}");

        let mut next = room.inside.web.stranger();
        room.server.accept().await;
        let again = next.post("/register", &fields("Quorra", "somebody.else@example.org")).await;
        assert_eq!(again.location(), "/account/confirm", "the login name is free again");
        for page in ["/people", "/audit", "/log", "/deliveries", "/invitations", "/machines"] {
            let shown = room.owner.get(page).await.body;
            assert!(!shown.contains("Xylander") && !shown.contains(MAIL), "{page}");
        }
        room.inside.hub.stop().await;
        assert_eq!(holding(&data, &wanted[1..]), [], "after the hub has ended");
    });
}
