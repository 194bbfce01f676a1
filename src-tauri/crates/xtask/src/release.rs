//! The release build that the packages and the bench share.

use crate::command::{cargo, run};
use crate::stages::FEATURES;
use crate::workspace::Workspace;
use crate::{Outcome, node};

/// The UI, and every program with the same packages and features as everywhere: one release build
/// serves the packages and the bench.
pub(crate) fn build(workspace: &Workspace) -> Outcome {
    node::ensure()?;
    node::install(workspace)?;
    node::build(workspace)?;
    run(cargo(workspace)
        .args(["build", "--release", "--workspace", "--bins"])
        .args(["--features", FEATURES]))
}
