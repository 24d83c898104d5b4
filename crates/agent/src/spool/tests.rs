use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const LIMIT: u64 = 64 * 1024 * 1024;

fn open(dir: &Path) -> Spool {
    Spool::open(dir, LIMIT, "m", 1000).unwrap()
}

fn body(n: u64) -> Vec<u8> {
    format!("[{n}]").into_bytes()
}

fn pending(spool: &mut Spool, after: u64) -> Vec<(u64, Vec<u8>)> {
    let (mut frame, mut all, mut at) = (Spooled::default(), Vec::new(), after);
    while spool.next_after(at, &mut frame) {
        at = frame.seq;
        all.push((frame.seq, frame.samples.clone()));
    }
    all
}

fn seqs(spool: &mut Spool, after: u64) -> Vec<u64> {
    pending(spool, after).into_iter().map(|(seq, _)| seq).collect()
}

fn newest(dir: &Path) -> std::path::PathBuf {
    let files = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path());
    files.filter(|p| p.extension().is_some_and(|e| e == "frames")).max().unwrap()
}

#[test]
fn frames_come_out_in_order_and_are_there_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(dir.path());
    for n in 1..=5 {
        spool.push(n as i64, &body(n));
    }
    let epoch = spool.epoch();
    drop(spool);
    let mut spool = open(dir.path());
    assert_eq!(spool.epoch(), epoch);
    assert_eq!(pending(&mut spool, 0), (1..=5).map(|n| (n, body(n))).collect::<Vec<_>>());
    spool.ack(3);
    assert_eq!(seqs(&mut spool, 0), [4, 5]);
    spool.ack(5);
    assert!(seqs(&mut spool, 0).is_empty());
}

#[test]
fn the_count_goes_on_when_all_frames_are_gone() {
    let dir = tempfile::tempdir().unwrap();
    let big = vec![b' '; 40_000];
    for round in 0..3 {
        let mut spool = open(dir.path());
        for _ in 0..5 {
            spool.push(1, &big);
        }
        assert_eq!(spool.next, round * 5 + 6);
        spool.ack(spool.next - 1);
    }
    let files = std::fs::read_dir(dir.path()).unwrap().count();
    assert!(files <= 3, "acknowledged segments are deleted: {files}");
}

#[test]
fn a_file_torn_at_any_byte_loses_only_what_was_not_whole() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(dir.path());
    for n in 1..=3 {
        spool.push(7, &body(n));
    }
    drop(spool);
    let path = newest(dir.path());
    let whole = std::fs::read(&path).unwrap();
    let record = whole.len() / 3;
    for cut in 0..=whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let mut spool = open(dir.path());
        let kept = (cut / record) as u64;
        assert_eq!(seqs(&mut spool, 0), (1..=kept).collect::<Vec<_>>(), "cut at {cut}");
        spool.push(8, b"[9]");
        assert_eq!(pending(&mut spool, kept), [(kept + 1, b"[9]".to_vec())]);
    }
}

#[test]
fn a_flipped_bit_hides_no_later_segment() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(dir.path());
    for _ in 0..9 {
        spool.push(7, &vec![b' '; 30_000]);
    }
    drop(spool);
    let mut files: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "frames"));
    files.sort();
    let mut bytes = std::fs::read(&files[1]).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&files[1], bytes).unwrap();
    let mut spool = open(dir.path());
    assert_eq!(seqs(&mut spool, 0), [1, 2, 5, 6, 7, 8, 9]);
}

#[test]
fn damage_while_running_loses_only_what_is_behind_it_in_that_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(dir.path());
    for n in 1..=3 {
        spool.push(7, &body(n));
    }
    let path = newest(dir.path());
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.len() / 3 + 20;
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(seqs(&mut spool, 0), [1]);
    spool.push(7, &body(4));
    assert_eq!(seqs(&mut spool, 0), [1, 4]);
}

#[test]
fn it_never_grows_beyond_its_limit_and_gives_up_the_oldest() {
    let dir = tempfile::tempdir().unwrap();
    let limit = 256 * 1024;
    let mut spool = Spool::open(dir.path(), limit, "m", 1).unwrap();
    for _ in 0..100 {
        spool.push(1, &vec![b' '; 10_000]);
        let size: u64 = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap())
            .filter(|e| e.path().extension().is_some_and(|e| e == "frames"))
            .map(|e| e.metadata().unwrap().len())
            .sum();
        assert!(size <= limit, "{size}");
    }
    let left = seqs(&mut spool, 0);
    assert_eq!(*left.last().unwrap(), 100);
    assert_eq!(spool.lost(), 100 - left.len() as u64);
    assert!(left.len() > 15, "{}", left.len());
}

#[test]
fn a_refused_frame_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(dir.path());
    for n in 1..=3 {
        spool.push(7, &body(n));
    }
    spool.refuse(2);
    spool.refuse(2);
    assert_eq!(seqs(&mut spool, 0), [1, 3]);
    assert_eq!(spool.lost(), 1);
}

#[test]
fn a_hub_that_was_restored_gets_again_what_is_still_there() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(dir.path());
    for _ in 0..9 {
        spool.push(7, &vec![b' '; 30_000]);
    }
    spool.welcome(0).unwrap();
    assert_eq!(seqs(&mut spool, 0).len(), 9);
    spool.ack(8);
    spool.welcome(2).unwrap();
    // Two frames a segment: 7 lies beside 8, the rest was deleted.
    assert_eq!(seqs(&mut spool, 2), [9]);
    spool.push(7, b"[]");
    spool.ack(9);
    spool.welcome(3).unwrap();
    assert_eq!(seqs(&mut spool, 3), [9, 10]);
}

#[test]
fn after_a_loss_of_power_new_frames_are_not_taken_for_old_ones() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(dir.path());
    spool.push(7, &body(1));
    spool.welcome(0).unwrap();
    drop(spool);
    // The hub has 1 to 10, of which the disk remembers 1 only.
    let mut spool = open(dir.path());
    spool.push(8, b"[\"new\"]");
    spool.welcome(10).unwrap();
    assert_eq!(pending(&mut spool, 10), [(11, b"[\"new\"]".to_vec())]);
    drop(spool);
    let mut spool = open(dir.path());
    assert_eq!(seqs(&mut spool, 10), [11], "the shift is remembered");
}

#[test]
fn another_machine_or_a_later_epoch_counts_from_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(dir.path());
    for n in 1..=3 {
        spool.push(7, &body(n));
    }
    spool.ack(1);
    let before = spool.epoch();
    spool.own("m", 2000).unwrap();
    assert_eq!(spool.epoch(), before);
    spool.own("other", 2000).unwrap();
    assert_eq!(spool.epoch(), 2000);
    assert_eq!(pending(&mut spool, 0), [(1, body(2)), (2, body(3))]);
    spool.begin_epoch(5).unwrap();
    assert!(spool.epoch() > 2000);
    drop(spool);
    let mut spool = Spool::open(dir.path(), LIMIT, "third", 1).unwrap();
    let last = pending(&mut spool, 0).pop().unwrap();
    assert_eq!(last.1, body(3));
}

#[test]
fn what_is_too_old_is_given_up_before_the_hub_refuses_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(dir.path());
    for n in 1..=5 {
        spool.push(n as i64 * 10, &body(n));
    }
    assert_eq!(seqs(&mut spool, 0).len(), 5);
    spool.welcome(1).unwrap();
    spool.expire(40);
    assert_eq!(seqs(&mut spool, 1), [4, 5]);
    assert_eq!(spool.lost(), 2);
}

#[test]
fn with_a_full_disk_the_newest_wait_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(dir.path());
    spool.push(1, &body(1));
    spool.segments.fail_writes(true);
    spool.push(1, &body(2));
    spool.push(1, &body(3));
    spool.segments.fail_writes(false);
    spool.push(1, &body(4));
    assert_eq!(pending(&mut spool, 0), (1..=4).map(|n| (n, body(n))).collect::<Vec<_>>());
    spool.segments.fail_writes(true);
    for _ in 0..100 {
        spool.push(1, &vec![b' '; 10_000]);
    }
    assert!(spool.memory_bytes <= MEMORY_BYTES);
    assert_eq!(seqs(&mut spool, 0).len() as u64 + spool.lost(), 104);
    spool.ack(104);
    assert_eq!(spool.memory_bytes, 0);
}

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
