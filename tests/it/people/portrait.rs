//! Pictures: sent by a form, made anew, and shown to few.

use super::id;
use crate::harness::http::Http;
use crate::web::inside::{Inside, in_system};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::io::Cursor;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use watchroom_domain::*;

const PEOPLE: [(&str, Role); 3] =
    [("admin", Role::Administrator), ("bob", Role::Member), ("eve", Role::Operator)];

/// Head and body of an answer whose body is no text.
pub async fn ask(visitor: &Http, head: String, body: &[u8]) -> (String, Vec<u8>) {
    let mut tls = visitor.connect().await;
    let cookies = visitor.cookie_line();
    let head = format!("{head}Connection: close\r\nCookie: {cookies}\r\n\r\n");
    tls.write_all(head.as_bytes()).await.unwrap();
    // What is refused by its head may be answered before all of it is read.
    let _ = tls.write_all(body).await;
    let mut raw = Vec::new();
    let _ = tls.read_to_end(&mut raw).await;
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    (String::from_utf8(raw[..end].to_vec()).unwrap(), raw[end + 4..].to_vec())
}

pub async fn send(visitor: &Http, file: &[u8]) -> String {
    let mut body =
        b"--x\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.png\"\r\n\r\n".to_vec();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--x--\r\n");
    let (host, length) = (visitor.origin().replace("https://", ""), body.len());
    let head = format!(
        "POST /account/picture HTTP/1.1\r\nHost: {host}\r\nOrigin: {}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {length}\r\n",
        visitor.origin()
    );
    ask(visitor, head, &body).await.0
}

async fn look(visitor: &Http, more: &str) -> (String, Vec<u8>) {
    let host = visitor.origin().replace("https://", "");
    ask(visitor, format!("GET /people/{}/picture HTTP/1.1\r\nHost: {host}\r\n{more}", id("bob")), b"").await
}

#[test]
fn a_picture_is_made_anew_and_shown_to_whom_it_concerns() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut bob = inside.signed_in("bob").await;
        assert!(send(&bob, b"<svg onload='alert(1)'/>").await.starts_with("HTTP/1.1 422"));
        assert!(send(&bob, &vec![0; (5 << 20) + 1]).await.starts_with("HTTP/1.1 4"));
        let mut png = Cursor::new(Vec::new());
        let red = RgbImage::from_pixel(600, 300, Rgb([200, 0, 0]));
        DynamicImage::from(red).write_to(&mut png, ImageFormat::Png).unwrap();
        assert!(look(&bob, "").await.0.starts_with("HTTP/1.1 404"));
        assert!(send(&bob, png.get_ref()).await.starts_with("HTTP/1.1 303"));
        assert!(bob.get("/account").await.body.contains("/picture?at="));
        let (head, jpeg) = look(&bob, "").await;
        let head = head.to_lowercase();
        assert!(head.contains("content-type: image/jpeg") && head.contains("nosniff"), "{head}");
        let read = image::load_from_memory(&jpeg).unwrap();
        assert_eq!((read.width(), read.height()), (256, 128));
        let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
        assert!(look(&bob, &format!("If-None-Match: {tag}\r\n")).await.0.starts_with("HTTP/1.1 304"));
        assert!(look(&inside.signed_in("admin").await, "").await.0.starts_with("HTTP/1.1 200"));
        assert!(look(&inside.signed_in("eve").await, "").await.0.starts_with("HTTP/1.1 404"));
        assert!(look(&inside.web.stranger(), "").await.0.starts_with("HTTP/1.1 303"));
        assert_eq!(bob.post("/account/picture/remove", &[]).await.status, 303);
        assert!(look(&bob, "").await.0.starts_with("HTTP/1.1 404"));
        inside.hub.stop().await;
    });
}
