//! How full the file systems are.

use super::{Checked, CollectError, Collector, Roots, label, percent, read_into};
use rustix::fs::statvfs;
use std::path::PathBuf;
use std::time::Instant;

const MOST_MOUNTS: usize = 24;

/// File systems that hold data on this machine. Those of the network are left out: asking one whose
/// server is gone waits without end.
const REAL: &[&str] = &[
    "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "bcachefs", "f2fs", "jfs", "reiserfs", "nilfs2", "vfat",
    "exfat", "ntfs", "ntfs3", "hfsplus", "apfs", "ufs",
];

pub(super) struct DiskCollector {
    mounts: PathBuf,
    text: String,
}

impl DiskCollector {
    pub(super) fn new(roots: &Roots) -> Self {
        Self { mounts: roots.proc.join("self/mounts"), text: String::new() }
    }
}

impl Collector for DiskCollector {
    fn name(&self) -> &'static str {
        "disks"
    }

    fn collect(&mut self, _: Instant, sink: &mut Checked<'_>) -> Result<(), CollectError> {
        read_into(&self.mounts, &mut self.text)?;
        for mount in chosen(&self.text) {
            space(&mount, sink);
        }
        Ok(())
    }
}

fn space(mount: &str, sink: &mut Checked<'_>) {
    // A mount that cannot be asked (another namespace's, one just unmounted) is no failure.
    let Ok(stat) = statvfs(mount) else { return };
    let Some(mount) = label(mount) else { return };
    let labels = [("mount", &*mount)];
    let block = stat.f_frsize as f64;
    let total = stat.f_blocks as f64 * block;
    let used = stat.f_blocks.saturating_sub(stat.f_bfree) as f64 * block;
    // What only root may fill counts as full, as `df` has it.
    let usable = used + stat.f_bavail as f64 * block;
    if total > 0.0 {
        sink.whole("disk_total_bytes", &labels, total);
        sink.whole("disk_used_bytes", &labels, used);
        sink.percent("disk_used_percent", &labels, percent(used, usable));
    }
}

/// The mount points to watch: one a device, the shortest, and always the root.
fn chosen(mounts: &str) -> Vec<String> {
    let mut found: Vec<(&str, String)> = Vec::new();
    for line in mounts.lines() {
        let mut fields = line.split(' ');
        let (Some(device), Some(mount), Some(kind)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let mount = unescaped(mount);
        if !(REAL.contains(&kind) || mount == "/") || device.starts_with("/dev/loop") {
            continue;
        }
        match found.iter_mut().find(|(d, m)| *d == device || *m == mount) {
            // A later mount on the same point hides the one before.
            Some(same) if same.1 == mount => same.0 = device,
            Some(same) if mount.len() < same.1.len() => same.1 = mount,
            Some(_) => {}
            None => found.push((device, mount)),
        }
    }
    found.sort_by(|a, b| (a.1 != "/", a.1.len(), &a.1).cmp(&(b.1 != "/", b.1.len(), &b.1)));
    found.truncate(MOST_MOUNTS);
    found.into_iter().map(|(_, mount)| mount).collect()
}

/// Undoes the kernel's way of writing blanks (`proc(5)`): a backslash and three octal digits.
fn unescaped(field: &str) -> String {
    let mut out = Vec::with_capacity(field.len());
    let mut rest = field.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        let octal = tail.get(..3).and_then(|d| std::str::from_utf8(d).ok());
        match octal.filter(|_| *byte == b'\\').and_then(|d| u8::from_str_radix(d, 8).ok()) {
            Some(code) => {
                out.push(code);
                rest = &tail[3..];
            }
            None => {
                out.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mount_a_device_and_no_noise() {
        let mounts = "proc /proc proc rw 0 0\n\
            tmpfs /run tmpfs rw 0 0\n\
            /dev/sda2 / ext4 rw 0 0\n\
            /dev/sda2 /var/lib/kubelet/volume ext4 rw 0 0\n\
            /dev/loop3 /snap/core/1 squashfs ro 0 0\n\
            overlay /var/lib/docker/overlay2/x/merged overlay rw 0 0\n\
            server:/export /mnt/nfs nfs4 rw 0 0\n\
            /dev/sdb1 /srv/my\\040data xfs rw 0 0\n";
        assert_eq!(chosen(mounts), ["/", "/srv/my data"]);
    }

    #[test]
    fn in_a_container_the_root_is_watched_whatever_it_is() {
        let mounts = "overlay / overlay rw 0 0\n/dev/sda2 /etc/hosts ext4 rw 0 0\n";
        assert_eq!(chosen(mounts), ["/", "/etc/hosts"]);
        assert_eq!(chosen("rootfs / rootfs rw 0 0\n/dev/sda2 / ext4 rw 0 0\n"), ["/"]);
    }

    #[test]
    fn a_flood_of_mounts_is_cut_and_keeps_the_root() {
        let mut mounts: String = (0..99).map(|i| format!("/dev/x{i} /m{i} ext4 rw 0 0\n")).collect();
        mounts += "/dev/root / ext4 rw 0 0\n";
        let chosen = chosen(&mounts);
        assert_eq!(chosen.len(), MOST_MOUNTS);
        assert_eq!(chosen[0], "/");
    }

    #[test]
    fn a_backslash_that_escapes_nothing_stays() {
        assert_eq!(unescaped(r"/a\040b\134c\9"), r"/a b\c\9");
    }
}
