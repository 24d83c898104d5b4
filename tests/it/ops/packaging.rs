//! The units as systemd reads them, and the Debian packages as dpkg installs them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn deploy(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)
}

fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?}: {said}");
    said
}

/// Both programs in one folder. The agent's is built by its own package's tests; where they did not run, the
/// hub's stands for it, for nothing here asks it anything but its symbols.
fn programs(folder: &Path) -> PathBuf {
    let hub = Path::new(env!("CARGO_BIN_EXE_watchroom"));
    let agent = Some(hub.with_file_name("watchroom-agent")).filter(|path| path.exists());
    let both = folder.join("programs");
    fs::create_dir(&both).unwrap();
    fs::copy(hub, both.join("watchroom")).unwrap();
    fs::copy(agent.as_deref().unwrap_or(hub), both.join("watchroom-agent")).unwrap();
    both
}

#[test]
fn systemd_takes_the_units_and_finds_little_to_expose() {
    let folder = tempfile::tempdir().unwrap();
    for unit in ["watchroom.service", "watchroom-agent.service"] {
        // Where nothing is installed, the programs that a unit names are somewhere else.
        let text = fs::read_to_string(deploy("systemd").join(unit)).unwrap();
        let text =
            text.replace("/usr/bin/watchroom-agent", "/bin/true").replace("/usr/bin/watchroom", "/bin/true");
        let text = text.replace("Documentation=", "# Documentation=");
        let file = folder.path().join(unit);
        fs::write(&file, text).unwrap();
        let said = run(Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&file));
        let about: Vec<_> = said.lines().filter(|line| line.contains("watchroom")).collect();
        assert!(about.is_empty(), "{about:#?}");
        let said = run(Command::new("systemd-analyze")
            .args(["security", "--offline=yes", "--threshold=20"])
            .arg(&file));
        let level = said.lines().last().unwrap_or_default().to_owned();
        eprintln!("{unit}: {level}");
    }
}

/// The service manager must not give up on a hub whose database is away for a night, nor start wrong arguments
/// over and over.
#[test]
fn the_hub_s_unit_goes_on_until_its_database_is_there() {
    let unit = fs::read_to_string(deploy("systemd/watchroom.service")).unwrap();
    for line in [
        "StartLimitIntervalSec=0",
        "RestartSec=5s",
        "RestartPreventExitStatus=2",
        "After=network-online.target postgresql.service mariadb.service",
    ] {
        assert!(unit.lines().any(|l| l == line), "{line}");
    }
}

#[test]
fn the_packages_are_built_and_installed() {
    let folder = tempfile::tempdir().unwrap();
    let (out, root) = (folder.path().join("out"), folder.path().join("root"));
    let programs = programs(folder.path());
    run(Command::new(deploy("debian/build"))
        .env("WATCHROOM_DEB_COMPRESSION", "none")
        .arg("--binaries")
        .arg(&programs)
        .arg("--out")
        .arg(&out));
    for made in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "etc"] {
        fs::create_dir_all(root.join(made)).unwrap();
    }
    for file in ["var/lib/dpkg/status", "var/lib/dpkg/available"] {
        fs::write(root.join(file), "").unwrap();
    }
    let packages: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(packages.len(), 2, "{packages:?}");
    // Into an empty root, in which there is nothing that they depend on, nor a shell.
    let dpkg = |arguments: &[&str]| {
        let mut command = Command::new("dpkg");
        let root = format!("--root={}", root.display());
        command.arg(root).args(["--force-not-root", "--force-depends", "--force-script-chrootless"]);
        command.arg("--log=/dev/null").args(arguments);
        command
    };
    run(dpkg(&["--install"]).args(&packages));
    let file = |path: &str| root.join(path);
    let mode = |path: &str| file(path).metadata().unwrap().permissions().mode() & 0o777;
    let version = run(Command::new(file("usr/bin/watchroom")).arg("version"));
    assert!(version.contains(env!("CARGO_PKG_VERSION")), "{version}");
    let settings = file("etc/watchroom/watchroom.toml");
    run(Command::new(file("usr/bin/watchroom")).args(["config", "check", "--config"]).arg(&settings));
    assert_eq!(mode("etc/watchroom/watchroom.toml"), 0o640);
    for path in [
        "lib/systemd/system/watchroom.service",
        "lib/systemd/system/watchroom-agent.service",
        "usr/bin/watchroom-agent",
        "usr/sbin/watchroom-agent-join",
        "usr/share/doc/watchroom/operations.md.gz",
        "usr/share/man/man1/watchroom.1.gz",
    ] {
        assert!(file(path).exists(), "{path}");
    }
    let users = fs::read_to_string(file("etc/passwd")).unwrap();
    assert!(users.contains("watchroom:") && users.contains("watchroom-agent:"), "{users}");
    fs::write(&settings, "[hub]\nlanguage = \"en\"\n").unwrap();
    run(dpkg(&["--force-confold", "--install"]).args(&packages));
    assert!(fs::read_to_string(&settings).unwrap().contains("language"), "an upgrade keeps the settings");
    run(&mut dpkg(&["--remove", "watchroom", "watchroom-agent"]));
    assert!(!file("usr/bin/watchroom").exists() && settings.exists());
}
