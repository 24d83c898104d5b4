//! What the network interfaces receive and send.

use super::{Checked, CollectError, Collector, Rates, Roots, label, read_into};
use std::path::PathBuf;
use std::time::Instant;

const MOST_INTERFACES: usize = 24;
/// Interfaces that containers and virtual machines bring by the hundred, and those that lead nowhere.
const NOISE: &[&str] = &["lo", "veth", "cali", "lxc", "vnet", "tap", "ifb", "dummy", "fwpr", "fwln"];

pub(super) struct NetworkCollector {
    dev: PathBuf,
    text: String,
    rates: Rates,
}

impl NetworkCollector {
    pub(super) fn new(roots: &Roots) -> Self {
        Self { dev: roots.proc.join("net/dev"), text: String::new(), rates: Rates::default() }
    }
}

impl Collector for NetworkCollector {
    fn name(&self) -> &'static str {
        "network"
    }

    fn collect(&mut self, now: Instant, sink: &mut Checked<'_>) -> Result<(), CollectError> {
        read_into(&self.dev, &mut self.text)?;
        let seconds = self.rates.begin(now);
        for (name, bytes) in self.text.lines().filter_map(counters).take(MOST_INTERFACES) {
            let Some(interface) = label(name) else { continue };
            if let (Some(growth), Some(seconds)) = (self.rates.growth(name, bytes), seconds) {
                let labels = [("interface", &*interface)];
                sink.whole("net_received_bytes_per_s", &labels, growth[0] as f64 / seconds);
                sink.whole("net_sent_bytes_per_s", &labels, growth[1] as f64 / seconds);
            }
        }
        Ok(())
    }
}

/// Name, and bytes received and sent, of a line of `/proc/net/dev` that is worth watching.
fn counters(line: &str) -> Option<(&str, [u64; 2])> {
    let (name, counters) = line.split_once(':')?;
    let name = name.trim();
    if NOISE
        .iter()
        .any(|noise| name.strip_prefix(noise).is_some_and(|rest| *noise != "lo" || rest.is_empty()))
    {
        return None;
    }
    let mut fields = counters.split_ascii_whitespace();
    let received = fields.next()?.parse().ok()?;
    let sent = fields.nth(7)?.parse().ok()?;
    Some((name, [received, sent]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_the_loop_and_the_flood_are_left_out() {
        assert_eq!(counters(" face |bytes    packets errs drop"), None);
        assert_eq!(counters("    lo: 10 1 0 0 0 0 0 0 10 1 0 0 0 0 0 0"), None);
        assert_eq!(counters("veth12ab: 10 1 0 0 0 0 0 0 10 1 0 0 0 0 0 0"), None);
        assert_eq!(counters("  eth0:1000 1 0 0 0 0 0 0 2000 1 0 0 0 0 0 0"), Some(("eth0", [1000, 2000])));
        assert!(counters("longest0: 1 1 0 0 0 0 0 0 2 1 0 0 0 0 0 0").is_some());
    }
}
