//! Answers come in the order of what they answer.

use super::client::{Agent, code, frame, hear, hello, say};
use crate::hub::TestHub;
use serde_json::json;

#[tokio::test]
async fn the_first_frame_that_is_refused_is_the_first_to_be_answered_so() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut line = agent.open(&hub, 1).await;
    let sent: String = (1..=32)
        .map(|seq| format!("{}\n", frame(seq, if seq == 12 { "Bad" } else { "cpu_percent" }, 1.0)))
        .collect();
    line.socket.send_raw(sent.as_bytes()).await.unwrap();
    let mut answers = Vec::new();
    while answers.last() != Some(&("sequence_gap".to_owned(), 32)) {
        let answer = hear(&mut line.socket).await;
        match answer["seq"].as_u64() {
            Some(seq) => answers.push(("ack".to_owned(), seq)),
            None => answers.push((code(&answer), answer["error"]["seq"].as_u64().unwrap())),
        }
    }
    let expected: Vec<_> = (1..=32)
        .map(|seq| {
            (["ack", "bad_metric", "sequence_gap"][1 + usize::from(seq > 12) - usize::from(seq < 12)], seq)
        })
        .map(|(code, seq)| (code.to_owned(), seq))
        .collect();
    assert_eq!(answers, expected);
}

#[tokio::test]
async fn numbers_that_no_database_holds_are_refused_and_harm_nothing() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut line = agent.open(&hub, 1).await;
    for (seq, dropped) in [(u64::MAX, u64::MAX - 1), (1 << 63, (1 << 63) - 1)] {
        let mut wrong = frame(seq, "cpu_percent", 1.0);
        wrong["dropped"] = json!(dropped);
        assert_eq!(code(&line.ask(wrong).await), "bad_field");
    }
    line.record(1, "cpu_percent", 1.0).await;
    drop(line);
    let mut socket = agent.connect(hub.socket).await.unwrap();
    say(&mut socket, hello(1 << 63)).await;
    assert_eq!(code(&hear(&mut socket).await), "bad_field");
    say(&mut socket, hello(2)).await;
    assert_eq!(hear(&mut socket).await["type"], "welcome");
}
