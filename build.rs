//! Bundles the console's script and style sheet: our modules, htmx and uPlot become one `app.js` and
//! one `app.css` in `OUT_DIR`, which the program embeds. Packages come from npm, pinned by
//! `package-lock.json`; everything is written to `OUT_DIR` only, so a read-only checkout builds.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::{env, fs, io};

const ASSETS: &str = "src/web/assets";

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), Box<dyn Error>> {
    for path in [ASSETS, "package.json", "package-lock.json", "build.rs"] {
        println!("cargo:rerun-if-changed={path}");
    }
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let npm = out.join("npm");
    install(&root, &npm)?;
    bundle(&root, &npm, &out)?;
    let mut hash = FNV_OFFSET;
    for name in ["app.js", "app.css"] {
        hash = fnv(hash, &fs::read(out.join(name))?);
    }
    hash = fnv(hash, &fs::read(root.join(ASSETS).join("icon.svg"))?);
    println!("cargo:rustc-env=WATCHROOM_ASSETS_HASH={hash:016x}");
    Ok(())
}

/// Installs the pinned packages, unless these very ones are there.
fn install(root: &Path, npm: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(npm)?;
    let lock = fs::read(root.join("package-lock.json"))?;
    let stamp = npm.join("installed.lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    for name in ["package.json", "package-lock.json"] {
        fs::write(npm.join(name), fs::read(root.join(name))?)?;
    }
    // No script of a package runs: none of these needs one.
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut ci = Command::new(program);
    ci.current_dir(npm).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    run(&mut ci, "npm")?;
    fs::write(stamp, lock)?;
    Ok(())
}

/// Bundles and minifies the two files, each headed by the licences of what is in it.
fn bundle(root: &Path, npm: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let modules = npm.join("node_modules");
    let licence = |package: &str| fs::read_to_string(modules.join(package).join("LICENSE"));
    let (htmx, uplot) = (licence("htmx.org")?, licence("uplot")?);
    let program = modules.join(".bin").join(if cfg!(windows) { "esbuild.cmd" } else { "esbuild" });
    let mut esbuild = Command::new(program);
    esbuild
        .current_dir(root)
        .env("NODE_PATH", &modules)
        .arg(format!("{ASSETS}/app.js"))
        .arg(format!("{ASSETS}/app.css"))
        .arg(format!("--outdir={}", out.display()))
        .arg(format!("--banner:js=/*! htmx: {}\n\nuPlot: {}*/", htmx.trim(), uplot.trim()))
        .arg(format!("--banner:css=/*! uPlot: {}*/", uplot.trim()))
        .args(["--bundle", "--minify", "--format=iife", "--target=es2022", "--log-level=warning"]);
    run(&mut esbuild, "node")
}

/// Runs a command; where it is missing, says what to install.
fn run(command: &mut Command, tool: &str) -> Result<(), Box<dyn Error>> {
    let output = command.output().map_err(|error| missing(tool, &error))?;
    if output.status.success() {
        return Ok(());
    }
    // The scripts of npm and esbuild start with `env node`, which exits with 127 where node is missing.
    if output.status.code() == Some(127) {
        return Err(missing("node", &"not found").into());
    }
    Err(failed(tool, &output).into())
}

fn missing(tool: &str, error: &dyn std::fmt::Display) -> String {
    format!(
        "cannot run {tool}: {error}\n\
         The console's script and style sheet are bundled with Node.js 18 or newer and npm. Install them:\n\
         \x20 Debian, Ubuntu: apt-get install nodejs npm\n\
         \x20 Fedora:         dnf install nodejs npm\n\
         \x20 macOS:          brew install node"
    )
}

fn failed(tool: &str, output: &Output) -> io::Error {
    let said = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout);
    io::Error::other(format!("{tool} failed ({}):\n{said}{printed}", output.status))
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a: the hash only tells one build's files from another's in their address.
fn fnv(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
