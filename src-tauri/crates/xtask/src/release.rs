//! The release build that the packages and the bench share.

use crate::command::{cargo, run};
use crate::stages::FEATURES;
use crate::workspace::Workspace;
use crate::{Outcome, node};

/// What is measured or packed.
const PROGRAMS: [&str; 3] = ["wiro-studio", "wiro", "bare-window"];

/// The UI and the programs, with the same packages and features as everywhere: one release build serves the packages
/// and the bench.
pub(crate) fn build(workspace: &Workspace) -> Outcome {
    node::ensure()?;
    node::install(workspace)?;
    node::build(workspace)?;
    let programs = PROGRAMS.iter().flat_map(|program| ["--bin", program]);
    run(cargo(workspace)
        .args(["build", "--release", "--workspace"])
        .args(programs)
        .args(["--features", FEATURES]))
}
