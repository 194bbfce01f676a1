use std::path::Path;

use wiro_library::{Error, Library};

use crate::support::{TestResult, outcome, running};

#[tokio::test]
async fn a_start_sweeps_partials_that_nobody_waits_for() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    running(&library, "r").await?;
    library.begin_collecting("r", outcome("r", 2)).await?;
    library.fail_output("r-1", "x", "y").await?;
    for id in ["r-0", "r-1", "unknown"] {
        fs_err::write(library.partial_path(id), "half")?;
    }
    fs_err::write(library.root().join("partial/readme.txt"), "not ours")?;
    let of_the_dead = library.root().join("partial/r-0.nobody.partial");
    fs_err::write(&of_the_dead, "half")?;
    assert_eq!(library.sweep_partials().await?, 3);
    assert!(!of_the_dead.exists());
    assert!(library.partial_path("r-0").exists());
    assert!(library.root().join("partial/readme.txt").exists());
    library.fresh_partial("r-0").await?;
    assert!(!library.partial_path("r-0").exists());
    library.fresh_partial("r-0").await?;
    Ok(())
}

#[tokio::test]
async fn inputs_are_copied_once_and_under_plain_names_only() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(&dir.path().join("library"))?;
    let source = dir.path().join("cat.png");
    fs_err::write(&source, "meow")?;
    assert_eq!(library.store_input(&source, "i.png").await?, 4);
    assert_eq!(
        fs_err::read_to_string(library.input_path("i.png")?)?,
        "meow"
    );
    fs_err::write(&source, "woof")?;
    assert!(library.store_input(&source, "i.png").await.is_err());
    assert_eq!(
        fs_err::read_to_string(library.input_path("i.png")?)?,
        "meow"
    );
    for name in ["../i.png", "a/b", "", "..", "C:i.png"] {
        assert!(
            matches!(
                library.store_input(&source, name).await,
                Err(Error::FileName { .. })
            ),
            "{name}"
        );
    }
    // A folder can be opened but not read: no half copy stays.
    assert!(library.store_input(dir.path(), "folder.png").await.is_err());
    assert!(!library.input_path("folder.png")?.exists());
    Ok(())
}

#[tokio::test]
async fn a_start_sweeps_old_copies_without_a_run() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    for name in ["old.png", "young.png"] {
        fs_err::write(library.input_path(name)?, "meow")?;
    }
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(2);
    fs_err::OpenOptions::new()
        .write(true)
        .open(library.input_path("old.png")?)?
        .into_parts()
        .0
        .set_modified(long_ago)?;
    assert_eq!(library.sweep_inputs().await?, 1);
    assert!(!library.input_path("old.png")?.exists());
    assert!(library.input_path("young.png")?.exists());
    Ok(())
}

#[tokio::test]
async fn paths_made_of_ids_stay_in_their_folders() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    for id in ["../../x", "/etc/passwd", "a/b", "..", "C:\\x", "ok-1"] {
        assert_eq!(
            library.partial_path(id).parent(),
            Some(library.root().join("partial").as_path()),
            "{id}"
        );
        assert_eq!(
            library.thumbnail_path(id).parent(),
            Some(library.root().join("thumbnails").as_path()),
            "{id}"
        );
    }
    for name in [
        "../library.db",
        "2026-08/../../library.db",
        "/etc/passwd",
        "x.png",
    ] {
        assert!(
            matches!(library.output_path(name), Err(Error::FileName { .. })),
            "{name}"
        );
    }
    assert_eq!(
        library.output_path("2026-08/x.png")?,
        library
            .root()
            .join("outputs")
            .join(Path::new("2026-08/x.png"))
    );
    Ok(())
}
