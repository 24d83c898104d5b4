//! Whatever happens in whatever order: no frame is lost, no number is used twice, no hole is undeclared.

use super::tests::{newest, open, seqs};
use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Step {
    /// So many frames of so many bytes.
    Push(u64, usize),
    /// The hub takes so many of what is pending, and of its acknowledgements so many arrive.
    Send(u64, u64),
    /// The agent is killed, while it writes so many bytes of one more frame.
    Crash(usize),
    /// The hub loses its newest frames.
    Restore(u64),
    Refuse,
    Full(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1u64..9, 1usize..20_000).prop_map(|(n, b)| Step::Push(n, b)),
        4 => (0u64..12, 0u64..12).prop_map(|(n, a)| Step::Send(n, a)),
        2 => (0usize..200).prop_map(Step::Crash),
        1 => (0u64..9).prop_map(Step::Restore),
        1 => Just(Step::Refuse),
        1 => any::<bool>().prop_map(Step::Full),
    ];
    prop::collection::vec(step, 1..60)
}

/// What the hub has: by number, the frame; and which numbers were declared as missing.
#[derive(Default)]
struct Hub {
    has: BTreeMap<u64, u64>,
    last: u64,
}

struct World {
    dir: tempfile::TempDir,
    spool: Spool,
    hub: Hub,
    pushed: u64,
    /// Frames that may be missing at the end: refused, or in memory at a crash.
    excused: BTreeSet<u64>,
    in_memory: BTreeSet<u64>,
    full: bool,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let spool = open(dir.path());
        let (excused, in_memory) = (BTreeSet::new(), BTreeSet::new());
        Self { dir, spool, hub: Hub::default(), pushed: 0, excused, in_memory, full: false }
    }

    fn push(&mut self, bytes: usize) {
        self.pushed += 1;
        let mut samples = format!("[{}]", self.pushed).into_bytes();
        // Little enough that the memory holds all of it.
        let bytes = if self.full { bytes / 100 } else { bytes };
        samples.resize(samples.len() + bytes, b' ');
        self.spool.push(1, &samples);
        if self.full {
            self.in_memory.insert(self.pushed);
        }
    }

    fn number(samples: &[u8]) -> u64 {
        std::str::from_utf8(samples).unwrap().trim().trim_matches(['[', ']']).parse().unwrap()
    }

    /// A connection: the hub takes up to `most` frames, and the first `acks` of its answers arrive.
    fn send(&mut self, most: u64, acks: u64) {
        self.spool.welcome(self.hub.last).unwrap();
        let (mut frame, mut sent, before) = (Spooled::default(), self.hub.last, self.hub.last);
        for _ in 0..most {
            if !self.spool.next_after(sent, &mut frame) {
                break;
            }
            assert!(frame.seq > self.hub.last, "a number is repeated");
            let missing = frame.seq - sent - 1;
            assert_eq!(frame.seq, self.hub.last + 1 + missing, "a hole is not declared");
            sent = frame.seq;
            self.hub.last = frame.seq;
            assert_eq!(self.hub.has.insert(frame.seq, Self::number(&frame.samples)), None);
        }
        self.spool.ack((before + acks).min(self.hub.last));
    }

    fn crash(&mut self, torn: usize) {
        if torn > 0 {
            let mut half = Vec::new();
            record::write(&mut half, Head { seq: self.spool.next, observed_us: 1 }, &[b' '; 300]);
            let path = newest(self.dir.path());
            let mut bytes = std::fs::read(&path).unwrap();
            bytes.extend_from_slice(&half[..torn]);
            std::fs::write(&path, bytes).unwrap();
        }
        self.excused.append(&mut self.in_memory);
        self.full = false;
        self.spool = open(self.dir.path());
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Push(count, bytes) => (0..count).for_each(|_| self.push(bytes)),
            Step::Send(most, acks) => self.send(most, acks),
            Step::Crash(torn) => self.crash(torn),
            Step::Restore(lost) => {
                // What a hub forgets after it acknowledged it may be gone from the spool.
                self.hub.last = self.hub.last.saturating_sub(lost);
                let forgotten = self.hub.has.split_off(&(self.hub.last + 1));
                self.excused.extend(forgotten.into_values());
            }
            Step::Refuse => {
                let mut frame = Spooled::default();
                self.spool.welcome(self.hub.last).unwrap();
                if self.spool.next_after(self.hub.last, &mut frame) {
                    self.spool.refuse(frame.seq);
                    self.excused.insert(Self::number(&frame.samples));
                }
            }
            Step::Full(full) => {
                self.full = full;
                self.spool.segments.fail_writes(full);
            }
        }
    }
}

proptest! {
    // Each case syncs files; a few thousand were run when this was written.
    #![proptest_config(ProptestConfig::with_cases(80))]
    #[test]
    fn nothing_is_lost_repeated_or_left_undeclared(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
        }
        world.send(u64::MAX, u64::MAX / 2);
        let got: Vec<_> = world.hub.has.values().copied().collect();
        prop_assert!(got.windows(2).all(|w| w[0] < w[1]), "order, once each: {:?}", got);
        let got: BTreeSet<_> = got.into_iter().collect();
        for n in 1..=world.pushed {
            prop_assert!(got.contains(&n) || world.excused.contains(&n), "{n} is lost");
        }
        prop_assert!(seqs(&mut world.spool, 0).is_empty());
    }
}
