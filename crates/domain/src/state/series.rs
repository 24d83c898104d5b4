//! What series numbers mean: asked for every sample, so that finding one must cost little.

use crate::telemetry::{SeriesDef, SeriesId};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Series by number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SeriesTable {
    defs: HashMap<SeriesId, SeriesDef, BuildHasherDefault<ByNumber>>,
    last: SeriesId,
}

impl SeriesTable {
    /// What a number means.
    pub fn get(&self, series: &SeriesId) -> Option<&SeriesDef> {
        self.defs.get(series)
    }

    /// A number was given out.
    pub fn insert(&mut self, series: SeriesId, def: SeriesDef) {
        self.last = self.last.max(series);
        self.defs.insert(series, def);
    }

    /// A number means nothing any more; it stays given out.
    pub fn remove(&mut self, series: &SeriesId) {
        self.defs.remove(series);
    }

    /// The largest number that was ever given out, 0 before the first.
    pub fn last(&self) -> SeriesId {
        self.last
    }

    /// Every series, in no order.
    pub fn values(&self) -> impl Iterator<Item = &SeriesDef> {
        self.defs.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.defs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.defs.is_empty()
    }
}

/// Spreads numbers that the hub gave out itself, one after the other: nobody else chooses them, so that
/// nothing has to be kept from making them collide.
#[derive(Clone, Copy, Debug, Default)]
struct ByNumber(u64);

impl Hasher for ByNumber {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        // Knuth's multiplicative hashing: the table looks at the upper and at the lower bits.
        self.0 = (self.0.rotate_left(32) ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::MachineId;
    use crate::telemetry::{Labels, SeriesKey};

    fn def(series: SeriesId) -> SeriesDef {
        let key = SeriesKey { metric: "cpu_percent".into(), labels: Labels::new() };
        SeriesDef { series, machine: MachineId::derived(&["node-01"]), key }
    }

    #[test]
    fn a_number_that_was_given_out_stays_so_when_its_series_is_gone() {
        let mut table = SeriesTable::default();
        for series in [1, 2, 3] {
            table.insert(series, def(series));
        }
        table.remove(&3);
        assert_eq!((table.last(), table.len(), table.get(&3)), (3, 2, None));
        assert_eq!(table.get(&2), Some(&def(2)));
    }
}
