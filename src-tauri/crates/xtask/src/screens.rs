//! `cargo xtask screens`: a picture of every screen.

use std::path::Path;

use crate::command::{npm, outsider, run};
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
    // What a walk has no picture of any more must not be there from an earlier one.
    clear(&folder)?;
    let page = folder.join("page-in-memory");
    run(npm(workspace)
        .args([
            "exec",
            "--",
            "vite",
            "build",
            "--emptyOutDir",
            "--logLevel",
            "warn",
            "--outDir",
        ])
        .arg(&page)
        .env("VITE_FAKE_PLATFORM", "1"))?;
    // The way through the window is the tests' knowledge: their package has the program.
    run(outsider(workspace.binary("screens"))
        .arg(&folder)
        .env("WIRO_STUDIO_BIN", workspace.binary("wiro-studio"))
        .env("WIRO_BIN", workspace.binary("wiro"))
        .env("WIRO_FAKE_UI", &page))?;
    println!("{}", folder.display());
    Ok(())
}

fn clear(folder: &Path) -> Outcome {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "png") {
            std::fs::remove_file(path).map_err(failed)?;
        }
    }
    Ok(())
}
