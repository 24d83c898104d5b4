//! A long life of a hub: thousands of machines coming and going, and restarts in between.

use crate::world::*;
use watchroom_domain::*;

const MACHINES: u8 = 6;

/// Numbers that only look random, so that a failure comes again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

#[test]
fn after_ten_thousand_disconnects_and_restarts_nothing_is_left_open() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut world = World::with(MACHINES, 10 * SECOND_US);
    assert!(world.hang(1, Some(0)) && world.hang(2, Some(0)));
    let mut there = [true; MACHINES as usize];
    let (mut disconnects, mut restarts) = (0, 0);
    while disconnects + restarts < 10_000 {
        match dice.roll(40) {
            0 => {
                restarts += 1;
                world.kill(dice.roll(20) as usize);
            }
            1..=5 => world.pass(dice.roll(900) as i64 * SECOND_US),
            _ => {
                let n = dice.roll(u64::from(MACHINES)) as usize;
                there[n] = !there[n];
                disconnects += usize::from(!there[n]);
            }
        }
        world.pass(dice.roll(20) as i64 * SECOND_US);
        for n in (0..MACHINES).filter(|n| there[usize::from(*n)]) {
            world.sample(n, if dice.roll(8) == 0 { HOT } else { COOL }, dice.roll(20) == 0);
        }
        world.read(dice.roll(12) as usize);
        world.decide(dice.roll(6) as usize);
    }
    world.settle();
    send_all(&mut world, 0..MACHINES, COOL, 1_200);
    world.check_lives();
    assert!(world.state.incidents.is_empty(), "{:?}", world.state.incidents);
    let lived = (restarts, world.fired(silent_rule()), world.fired(Rule::HUB_VIEW), world.resolved());
    assert!(lived.0 > 100 && lived.1 > 100 && lived.2 > 100 && lived.3 > 500, "no quiet life: {lived:?}");
}
