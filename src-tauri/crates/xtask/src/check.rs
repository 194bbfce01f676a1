//! Formatting, lints, bindings, the UI's types: fast enough to run before every commit.

use crate::Outcome;
use crate::command::{all, cargo, run};
use crate::packages::Purpose;
use crate::stages::FEATURES;
use crate::workspace::Workspace;
use crate::{node, packages};

/// A workspace of its own, so that nothing of libFuzzer is built unless somebody fuzzes.
const FUZZ_TARGETS: &str = "src-tauri/crates/client/fuzz/Cargo.toml";

pub(crate) fn check(workspace: &Workspace) -> Outcome {
    packages::ensure(Purpose::Run)?;
    node::ensure()?;
    node::install(workspace)?;
    // The shell compiles the built UI in, also under clippy.
    node::build(workspace)?;
    all([
        node::check(workspace),
        format_and_lints(workspace),
        // The generated TypeScript must be what the Rust types say.
        run(cargo(workspace)
            .args(["test", "--quiet", "--package", "wiro-studio"])
            .args(["--features", "custom-protocol", "bindings"])),
    ])
}

pub(crate) fn format_and_lints(workspace: &Workspace) -> Outcome {
    all([
        run(cargo(workspace).args(["fmt", "--all", "--check"])),
        run(cargo(workspace).args(["fmt", "--manifest-path", FUZZ_TARGETS, "--check"])),
        run(cargo(workspace)
            .args([
                "clippy",
                "--workspace",
                "--all-targets",
                "--features",
                FEATURES,
            ])
            .args(["--", "--deny", "warnings"])),
    ])
}
