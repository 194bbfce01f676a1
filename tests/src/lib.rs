//! The end-to-end harness: the real window, the real command line, real files.
//!
//! Purpose: everything a test of the whole product needs, each with its own display, session bus,
//! home folder, library and Sandbox, so that tests know nothing of each other or of the machine.
//!
//! Invariants: a process started here is ended by its id when its owner is dropped. Whatever waits
//! polls a condition until a deadline and then says what it waited for. A display that cannot be
//! had is an error, never a reason to skip.
//!
//! It must not use any crate of the product: what it knows is what a user could see.

pub mod deadline;
pub mod display;
pub mod drag;
pub mod driver;
pub mod flows;
pub mod keyring;
pub mod library;
pub mod process;
pub mod sandbox;
pub mod sound;
pub mod studio;

/// What went wrong, for the reader of a test report.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What every step of the harness gives back.
pub type Outcome<T = ()> = Result<T, Failure>;

/// A file in `tests/fixtures`.
pub fn fixture(name: &str) -> std::path::PathBuf {
    package().join("fixtures").join(name)
}

/// The folder of this package. Cargo and nextest say at run time where it lies.
fn package() -> std::path::PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(
        || std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")),
        std::path::PathBuf::from,
    )
}
