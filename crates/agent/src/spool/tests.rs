use super::*;

const LIMIT: u64 = 64 * 1024 * 1024;

pub(super) fn open(dir: &Path) -> Spool {
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

pub(super) fn seqs(spool: &mut Spool, after: u64) -> Vec<u64> {
    pending(spool, after).into_iter().map(|(seq, _)| seq).collect()
}

pub(super) fn newest(dir: &Path) -> std::path::PathBuf {
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
fn what_lay_behind_damage_does_not_come_back_to_life() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(dir.path());
    for n in 1..=3 {
        spool.push(7, &body(n));
    }
    drop(spool);
    let path = newest(dir.path());
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.len() / 3 + 20;
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    // The new frame is as long as the damaged one: it ends where the old third frame began.
    open(dir.path()).push(7, &body(4));
    let mut spool = open(dir.path());
    assert_eq!(pending(&mut spool, 0), [(1, body(1)), (2, body(4))]);
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
