//! The live feed: once and in order, resumed where it was, never faster than it is read.

use super::inside::{Inside, in_system, named, series};
use crate::harness::live::{Live, Said};
use serde_json::Value;
use watchroom::clock::Clock as _;
use watchroom_domain::MachineId;

/// Messages that may be unacknowledged.
const CREDIT: usize = 64;

/// One frame of a machine, its value counting up.
async fn say(inside: &mut Inside, machine: MachineId, value: f64) {
    let now = inside.clock.now_us();
    inside.read(machine, now, &[(series("cpu_percent", &[]), value)]).await;
}

/// Reads up to this value; gives the positions and values of the machine on the way.
async fn values(feed: &mut Live, machine: MachineId, last: f64) -> Vec<(u64, f64)> {
    let mut seen = Vec::new();
    loop {
        let message = feed.until("values").await;
        if message["machine"] != machine.to_string() {
            continue;
        }
        let value = message["values"]["cpu_percent"].as_f64().unwrap();
        seen.push((message["pos"].as_u64().unwrap(), value));
        if value >= last {
            return seen;
        }
    }
}

fn rising(seen: &[(u64, f64)]) -> bool {
    seen.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1)
}

#[test]
fn values_come_once_and_in_order_and_go_on_where_a_line_broke() {
    in_system(async {
        let mut inside = Inside::start().await;
        let owner = inside.owner().await;
        let one = inside.machine(named("node-01")).await;
        let other = inside.machine(named("node-02")).await;
        let before = inside.position();
        let mut feed = Live::of(&owner, before).await;
        for n in 1..=40 {
            say(&mut inside, one, f64::from(n)).await;
            say(&mut inside, other, 50.0).await;
        }
        let first = values(&mut feed, one, 40.0).await;
        assert!(rising(&first) && first[0].0 > before, "{first:?}");
        drop(feed);

        for n in 41..=80 {
            say(&mut inside, one, f64::from(n)).await;
        }
        let last = first.last().unwrap().0;
        let mut feed = Live::of(&owner, last).await;
        let second = values(&mut feed, one, 80.0).await;
        assert!(rising(&second) && second[0].0 > last && second[0].1 > 40.0, "{second:?}");
        inside.hub.stop().await;
    });
}

#[test]
fn a_page_that_does_not_keep_up_is_not_flooded() {
    in_system(async {
        let mut inside = Inside::start().await;
        let owner = inside.owner().await;
        let mut machines = Vec::new();
        for n in 0..200 {
            machines.push(inside.machine(named(&format!("node-{n:03}"))).await);
        }
        let before = inside.position();
        for machine in &machines {
            say(&mut inside, *machine, 1.0).await;
        }
        let head = inside.position();
        let mut feed = Live::of(&owner, before).await;
        let mut told = Vec::new();
        while told.len() < CREDIT {
            match feed.next().await {
                Said::Message(message) => told.push(message),
                said => panic!("{said:?}"),
            }
        }
        feed.ping().await;
        assert_eq!(feed.next().await, Said::Pong, "nothing more is said to a page that answers nothing");
        for message in &told {
            feed.acknowledge(message).await;
        }
        let positions = |message: &Value| message["pos"].as_u64().unwrap();
        let mut reached = told.iter().map(positions).max().unwrap();
        assert!(reached < head);
        while reached < head {
            reached = positions(&feed.until("at").await);
        }
        inside.hub.stop().await;
    });
}

#[test]
fn a_session_that_ends_ends_its_feed() {
    in_system(async {
        let inside = Inside::start().await;
        let mut owner = inside.owner().await;
        let mut feed = Live::of(&owner, inside.position()).await;
        feed.until("states").await;
        owner.post("/logout", &[]).await;
        assert_eq!(feed.until("gone").await["code"], "signed_out");
        assert_eq!(feed.next().await, Said::End);
        inside.hub.stop().await;
    });
}
