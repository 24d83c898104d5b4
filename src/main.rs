//! The program. Everything it does is in the library, so that tests can start the same thing.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Must be first: rustls has no default of its own. An error means that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    watchroom::cli::run()
}
