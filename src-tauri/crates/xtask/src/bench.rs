//! `cargo xtask bench`: the budgets, measured. By hand, on a quiet machine.

use crate::command::{cargo, run};
use crate::packages::Purpose;
use crate::stages::FEATURES;
use crate::workspace::Workspace;
use crate::{Outcome, packages, release};

/// The measuring itself is in the tests' package; what it is given here goes on to it.
pub(crate) fn bench(workspace: &Workspace, arguments: &[String]) -> Outcome {
    packages::ensure(Purpose::Test)?;
    packages::ensure_these(&["curl"])?;
    release::build(workspace)?;
    run(cargo(workspace)
        // All packages, so that the features are those of the build above.
        .args(["bench", "--workspace", "--bench", "figures"])
        .args(["--features", FEATURES, "--"])
        .args(arguments)
        .env("WIRO_STUDIO_BIN", workspace.release_binary("wiro-studio"))
        .env("WIRO_BIN", workspace.release_binary("wiro"))
        .env(
            "WIRO_BARE_WINDOW_BIN",
            workspace.release_binary("bare-window"),
        ))
}
