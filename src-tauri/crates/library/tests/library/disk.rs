//! A disk that is really full, and one that is really read-only: a small file system of its own in a child's own view of
//! the mounts. Root may make one; anybody else needs user namespaces. Where neither works the test fails.

use std::path::Path;
use std::process::Command;

use wiro_library::{Error, Inserted, Library, RunState, check_destination, relocate};

use crate::support::{TestResult, as_child, child, land, new_run, outcome, running};

fn run_as_root(program: &str, args: &[&str]) -> TestResult {
    let output = Command::new(program).args(args).output()?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!(
            "{program} {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        )
        .into())
    }
}

/// Runs `test` once more where it may mount, with a folder of its own.
fn in_own_mounts(test: &str) -> TestResult {
    let dir = tempfile::tempdir()?;
    let child = child(test, dir.path(), "")?;
    let mut unshare = Command::new("unshare");
    if run_as_root("unshare", &["--mount", "true"]).is_err() {
        unshare.args(["--user", "--map-root-user"]);
    }
    unshare
        .arg("--mount")
        .arg(child.get_program())
        .args(child.get_args());
    unshare.envs(
        child
            .get_envs()
            .filter_map(|(key, value)| Some((key, value?))),
    );
    let output = unshare.output()?;
    assert!(
        output.status.success() && String::from_utf8_lossy(&output.stdout).contains("1 passed"),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

fn mount(root: &Path, options: &str) -> TestResult {
    let root = root.to_str().ok_or("not text")?;
    run_as_root("mount", &["-t", "tmpfs", "-o", options, "tmpfs", root])
}

/// Takes all the room that is left.
fn fill_up(root: &Path) -> TestResult {
    let written = fs_err::write(root.join("ballast"), vec![0; 8 << 20]);
    let full = written.is_err_and(|error| error.kind() == std::io::ErrorKind::StorageFull);
    if full {
        Ok(())
    } else {
        Err("the disk is not full".into())
    }
}

#[tokio::test]
async fn f45_a_full_disk_is_told_as_such_and_everything_goes_on_when_there_is_room() -> TestResult {
    let test = "disk::f45_a_full_disk_is_told_as_such_and_everything_goes_on_when_there_is_room";
    let Some((disk, _)) = as_child() else {
        return in_own_mounts(test);
    };
    mount(&disk, "size=4m")?;
    let root = disk.join("library");
    let library = Library::open(&root)?;
    running(&library, "r").await?;
    library.begin_collecting("r", outcome("r", 1)).await?;
    fill_up(&disk)?;

    let is_full = |result: Result<(), Error>, what: &str| {
        assert!(
            matches!(result, Err(Error::Full { .. })),
            "{what}: {result:?}"
        );
    };
    let mut large = new_run("large");
    large.answers_json = "x".repeat(1 << 20);
    is_full(library.insert_run(large.clone()).await.map(drop), "a run");
    let source = disk.join("ballast");
    is_full(
        library.store_input(&source, "copy.png").await.map(drop),
        "a copy of an input",
    );
    assert!(
        !library.input_path("copy.png")?.exists(),
        "half a copy is none"
    );
    let other = tempfile::tempdir()?;
    let elsewhere = Library::open(&other.path().join("library"))?;
    elsewhere.close().await?;
    let from = other.path().join("library");
    is_full(
        check_destination(&from, &disk.join("second")).map(drop),
        "a place to move to",
    );
    is_full(relocate(&from, &disk.join("second"), |_| ()), "a move");
    assert!(
        !disk.join("second").exists(),
        "a move that is refused makes nothing"
    );

    fs_err::remove_file(&source)?;
    assert_eq!(library.insert_run(large).await?, Inserted::New);
    let published = land(&library, "r-0").await?;
    library.publish_output("r-0", published).await?;
    library.finish("r", RunState::Succeeded).await?;
    library.close().await?;
    fs_err::write(root.join("locks/killed.lock"), "")?;
    let library = Library::open(&root)?;
    assert_eq!(
        library.run("r").await?.map(|run| run.state),
        Some(RunState::Succeeded),
        "the database is intact"
    );
    Ok(())
}

#[tokio::test]
async fn f45_a_read_only_disk_is_told_as_such() -> TestResult {
    let test = "disk::f45_a_read_only_disk_is_told_as_such";
    let Some((disk, _)) = as_child() else {
        return in_own_mounts(test);
    };
    mount(&disk, "size=4m")?;
    let root = disk.join("library");
    let library = Library::open(&root)?;
    running(&library, "r").await?;
    library.close().await?;
    mount(&disk, "remount,ro")?;
    let opened = Library::open(&root);
    assert!(matches!(opened, Err(Error::ReadOnly { .. })), "{opened:?}");
    let rebuilt = Library::open_or_rebuild(&root);
    assert!(
        matches!(rebuilt, Err(Error::ReadOnly { .. })),
        "{rebuilt:?}"
    );
    let fresh = Library::open(&disk.join("fresh"));
    assert!(matches!(fresh, Err(Error::ReadOnly { .. })), "{fresh:?}");
    mount(&disk, "remount,rw")?;
    let library = Library::open(&root)?;
    assert!(library.run("r").await?.is_some(), "it is as it was");
    Ok(())
}
