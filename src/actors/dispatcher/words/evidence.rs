//! What ran on a machine, in a line for notices.

use watchroom_domain::{Process, top_by_cpu, top_by_memory};

/// Processes that a notice names; the page has the others.
const NAMED: usize = 3;
const GIB: f64 = 1_073_741_824.0;

/// Those with the most processor time, in percent of one core; idle ones are not worth a word.
pub(super) fn busiest(processes: &[Process]) -> String {
    let busy = top_by_cpu(processes).into_iter().filter(|p| p.cpu_percent >= 1.0);
    line(busy.map(|p| format!("{} {:.0}%", p.name, p.cpu_percent)))
}

/// Those that hold the most memory.
pub(super) fn largest(processes: &[Process]) -> String {
    let named = top_by_memory(processes).into_iter();
    line(named.map(|p| format!("{} {:.1} GiB", p.name, p.memory_bytes as f64 / GIB)))
}

fn line(parts: impl Iterator<Item = String>) -> String {
    parts.take(NAMED).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_named_and_idle_ones_are_not() {
        let of = |name: &str, cpu_percent, memory_bytes| Process {
            pid: 1,
            name: name.to_owned(),
            user: None,
            cpu_percent,
            memory_bytes,
        };
        let all = [
            of("a", 398.4, 1 << 30),
            of("b", 0.2, 3 << 29),
            of("c", 2.0, 0),
            of("d", 1.0, 0),
            of("e", 9.0, 0),
        ];
        assert_eq!(busiest(&all), "a 398%, e 9%, c 2%");
        assert_eq!(largest(&all[..2]), "b 1.5 GiB, a 1.0 GiB");
        assert_eq!(busiest(&[]), "");
    }
}
