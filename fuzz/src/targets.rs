//! One function for each kind of input from strangers. It panics when something is wrong.

use bytes::BytesMut;
use std::path::Path;
use watchroom_wire::{ClientFrame, HubFrame, JoinTokenText, MAX_LINE, next_line, telemetry};

/// Bytes from the socket, in pieces: lines come out as they went in, and every line is a frame or an error in
/// few words.
pub fn frames(data: &[u8]) {
    let Some((size, bytes)) = data.split_first() else { return };
    let piece = 1 + usize::from(*size);
    let (mut buffer, mut searched, mut lines) = (BytesMut::new(), 0, Vec::new());
    'reading: for piece in bytes.chunks(piece) {
        buffer.extend_from_slice(piece);
        loop {
            match next_line(&mut buffer, &mut searched) {
                Ok(Some(line)) => lines.push(line),
                Ok(None) => break,
                Err(_) => break 'reading,
            }
        }
        assert!(buffer.len() <= MAX_LINE + piece.len() + 2, "more is kept than a line can have");
    }
    for line in lines {
        assert!(!line.is_empty() && line.len() <= MAX_LINE && !line.contains(&b'\n'));
        match ClientFrame::parse(&line) {
            Ok(frame) => again(&frame),
            Err(error) => {
                assert!(!error.message.is_empty() && error.message.chars().count() <= 200);
                let written = serde_json::to_vec(&HubFrame::error(error.code, error.message, error.seq));
                assert!(written.is_ok());
            }
        }
        // What an agent reads from a hub.
        let _ = serde_json::from_slice::<HubFrame>(&line);
    }
}

/// A frame that was read is written as a frame that reads the same.
fn again(frame: &ClientFrame) {
    let Ok(written) = serde_json::to_vec(frame) else { panic!("a frame that was read can be written") };
    match ClientFrame::parse(&written) {
        Ok(read) => assert_eq!(&read, frame),
        Err(error) => panic!("what was written cannot be read: {error}"),
    }
}

/// The binary body of telemetry: what can be read has one form only, and that is the one that was read.
pub fn telemetry(data: &[u8]) {
    if let Ok(read) = telemetry::decode(data) {
        assert_eq!(telemetry::encode(&read), data, "one frame has two bodies");
    }
}

/// Join tokens, as text from wherever people paste it from.
pub fn tokens(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(token) = text.parse::<JoinTokenText>() {
        let written = token.to_string();
        assert_eq!(written.parse::<JoinTokenText>().ok().map(|t| t.to_string()), Some(written));
    }
}

/// A file of settings: never a panic, and an error that says where and what. `load` reads the file.
pub fn settings(data: &[u8], load: impl FnOnce(&Path) -> Result<(), String>) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let path = std::env::temp_dir().join(format!("watchroom-fuzz-{}.toml", std::process::id()));
    if std::fs::write(&path, text).is_err() {
        return;
    }
    let loaded = load(&path);
    let _ = std::fs::remove_file(&path);
    if let Err(said) = loaded {
        assert!(!said.trim().is_empty());
        for line in said.lines().filter(|line| line.contains("not TOML") || line.contains("did you mean")) {
            let place = line.split(".toml:").nth(1).and_then(|rest| rest.split(':').next());
            let number: Option<usize> = place.and_then(|n| n.parse().ok());
            let lines = 1 + text.matches('\n').count();
            assert!(number.is_some_and(|n| (1..=lines).contains(&n)), "no line of the file: {line}");
        }
    }
}
