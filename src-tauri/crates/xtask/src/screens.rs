//! `cargo xtask screens`: a picture of every screen.

use crate::command::{outsider, run};
use crate::packages::Purpose;
use crate::workspace::Workspace;
use crate::{Outcome, node, packages, stages};

pub(crate) fn screens(workspace: &Workspace) -> Outcome {
    packages::ensure(Purpose::Test)?;
    node::ensure()?;
    node::install(workspace)?;
    node::build(workspace)?;
    stages::build_everything(workspace)?;
    let folder = workspace.screens()?;
    // The way through the window is the tests' knowledge: their package has the program.
    run(outsider(workspace.binary("screens"))
        .arg(&folder)
        .env("WIRO_STUDIO_BIN", workspace.binary("wiro-studio"))
        .env("WIRO_BIN", workspace.binary("wiro")))?;
    println!("{}", folder.display());
    Ok(())
}
