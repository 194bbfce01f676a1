//! Moving the library. `/dev/shm` is the second file system.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use wiro_library::{Error, Library, RunState, check_destination, finish_relocation, relocate};

use crate::forget::run_with_files;
use crate::support::{TestResult, as_child, child};

/// Two folders on one file system, or on two; neither exists.
struct Places {
    _from: TempDir,
    _to: TempDir,
    from: PathBuf,
    to: PathBuf,
}

impl Places {
    fn new(same_disk: bool) -> TestResult<Self> {
        let from = tempfile::tempdir()?;
        let to = if same_disk {
            tempfile::tempdir()?
        } else {
            tempfile::tempdir_in("/dev/shm")?
        };
        Ok(Self {
            from: fs_err::canonicalize(from.path())?.join("library"),
            to: fs_err::canonicalize(to.path())?.join("new/library"),
            _from: from,
            _to: to,
        })
    }
}

/// A library with a run and its files, a Sandbox's folder, and 40 MB that take a while.
async fn fill(root: &Path) -> TestResult {
    let library = Library::open(root)?;
    run_with_files(&library, "r").await?;
    library.close().await?;
    fs_err::create_dir_all(root.join("sandbox/files"))?;
    fs_err::write(root.join("sandbox/files/wallet.json"), "{}")?;
    fs_err::write(root.join("sandbox/large.bin"), vec![7; 40 << 20])?;
    #[cfg(unix)]
    fs_err::os::unix::fs::symlink("wallet.json", root.join("sandbox/files/link"))?;
    Ok(())
}

/// Everything that [`fill`] made is in `root`, and for this person only.
async fn look(root: &Path, point: &str) -> TestResult {
    let library = Library::open(root)?;
    let run = library
        .run("r")
        .await?
        .ok_or_else(|| format!("{point}: no run"))?;
    assert_eq!(
        (run.state, run.output_ids.len()),
        (RunState::Collecting, 1),
        "{point}"
    );
    let output = library.output("r-0").await?.ok_or("no output")?;
    let path = library.output_path(output.file_name.as_deref().unwrap_or_default())?;
    assert_eq!(fs_err::read_to_string(&path)?, "bytes", "{point}");
    assert!(library.landed_file("r-1").await?.is_some(), "{point}");
    assert!(library.input_path("input-r.png")?.exists(), "{point}");
    assert_eq!(
        fs_err::read_to_string(root.join("sandbox/files/wallet.json"))?,
        "{}",
        "{point}"
    );
    assert_eq!(
        fs_err::metadata(root.join("sandbox/large.bin"))?.len(),
        40 << 20,
        "{point}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            fs_err::read_link(root.join("sandbox/files/link"))?,
            Path::new("wallet.json"),
            "{point}"
        );
        for (path, expected) in [
            (root, 0o700),
            (&root.join("outputs"), 0o700),
            (&path, 0o600),
        ] {
            let mode = fs_err::metadata(path)?.permissions().mode() & 0o777;
            assert_eq!(mode, expected, "{point}: {}", path.display());
        }
    }
    library.close().await?;
    Ok(())
}

#[tokio::test]
async fn a_library_moves_within_a_disk_by_its_name_and_to_another_by_a_copy() -> TestResult {
    for same_disk in [true, false] {
        let places = Places::new(same_disk)?;
        let (from, to) = (&places.from, &places.to);
        fill(from).await?;
        let plan = check_destination(from, to)?;
        assert_eq!(
            plan.same_file_system, same_disk,
            "/tmp and /dev/shm are two file systems"
        );
        assert!(plan.bytes > 40 << 20, "{plan:?}");
        assert!(!to.exists(), "asking changes nothing");

        let mut told = Vec::new();
        relocate(from, to, |progress| told.push(progress))?;
        let last = told.last().ok_or("no progress")?;
        assert!(
            last.done_bytes > 40 << 20 && last.done_bytes <= last.total_bytes,
            "{last:?}"
        );
        assert!(
            told.is_sorted_by_key(|progress| progress.done_bytes),
            "{told:?}"
        );
        assert_eq!(
            from.exists(),
            !same_disk,
            "a copy leaves the old folder for now"
        );
        // Whoever was not told asks again.
        relocate(from, to, |_| ())?;
        look(to, "moved").await?;
        for _ in 0..2 {
            finish_relocation(from, to)?;
            assert!(!from.exists(), "nothing is left behind");
        }
        assert!(
            !to.join("relocation.json").exists(),
            "nothing tells of the move any more"
        );
        look(to, "finished").await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_move_that_cannot_be_made_is_refused_and_changes_nothing() -> TestResult {
    let places = Places::new(false)?;
    let (from, to) = (&places.from, &places.to);
    let nowhere = check_destination(from, to);
    assert!(
        matches!(nowhere, Err(Error::Path { .. })),
        "no library yet: {nowhere:?}"
    );
    fill(from).await?;
    let taken = to.parent().ok_or("no parent")?;
    fs_err::create_dir_all(taken)?;
    let file = taken.join("letter.txt");
    fs_err::write(&file, "dear")?;
    for target in [
        from.clone(),
        from.join("inside"),
        from.join(".."),
        taken.to_owned(),
        file.clone(),
        file.join("below"),
    ] {
        let checked = check_destination(from, &target);
        assert!(checked.is_err(), "{}: {checked:?}", target.display());
        assert!(
            relocate(from, &target, |_| ()).is_err(),
            "{}",
            target.display()
        );
    }
    let read_only = check_destination(from, Path::new("/sys/kernel/library"));
    assert!(
        matches!(read_only, Err(Error::ReadOnly { .. })),
        "{read_only:?}"
    );
    assert_eq!(
        fs_err::read_dir(taken)?.count(),
        1,
        "what lay there is as it was"
    );
    assert_eq!(fs_err::read_to_string(&file)?, "dear");

    // Settings may ask while it is open, but it cannot move then.
    let library = Library::open(from)?;
    check_destination(from, to)?;
    let open = relocate(from, to, |_| ());
    assert!(matches!(open, Err(Error::InUse)), "{open:?}");
    library.close().await?;
    assert!(!to.exists(), "nothing was made");
    look(from, "refused").await
}

#[tokio::test]
async fn an_old_folder_that_is_used_again_is_not_removed() -> TestResult {
    let places = Places::new(false)?;
    let (from, to) = (&places.from, &places.to);
    fill(from).await?;
    let stranger = finish_relocation(from, to);
    assert!(stranger.is_err(), "nothing was moved: {stranger:?}");
    relocate(from, to, |_| ())?;
    fs_err::rename(to.join("library.db"), to.join("away.db"))?;
    assert!(
        finish_relocation(from, to).is_err(),
        "there is no library at the new place"
    );
    fs_err::rename(to.join("away.db"), to.join("library.db"))?;
    look(from, "used again").await?;
    let used = finish_relocation(from, to);
    assert!(matches!(used, Err(Error::Path { .. })), "{used:?}");
    look(from, "kept").await?;
    look(to, "copied").await
}

#[tokio::test]
async fn a_move_cut_off_at_any_moment_leaves_a_library_and_is_gone_on_with() -> TestResult {
    let test = "relocate::a_move_cut_off_at_any_moment_leaves_a_library_and_is_gone_on_with";
    if let Some((from, part)) = as_child() {
        let (to, point) = part.split_once('|').ok_or("no target")?;
        let to = Path::new(to);
        let abort_after: u64 = point.parse().unwrap_or(u64::MAX);
        relocate(&from, to, |progress| {
            if progress.done_bytes >= abort_after {
                std::process::abort();
            }
        })?;
        if point == "finish" {
            finish_relocation(&from, to)?;
        }
        std::process::abort();
    }
    // Bytes copied: the first of all, in the middle of the large file, all but the end of the database; then when it is told.
    let almost_all = (40_u64 << 20) + 4096;
    let points = ["1", "20000000", &almost_all.to_string(), "moved", "finish"].map(str::to_owned);
    for point in &points {
        let places = Places::new(false)?;
        let (from, to) = (&places.from, &places.to);
        fill(from).await?;
        let output = child(test, from, &format!("{}|{point}", to.display()))?.output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code(),
            None,
            "{point}: ended by itself: {said}"
        );
        if point.parse::<u64>().is_ok() {
            let half = Library::open(to);
            assert!(
                matches!(half, Err(Error::Path { .. })),
                "{point}: half a library was opened: {half:?}"
            );
        }
        if point == "20000000" {
            // The old place is used before the move goes on: what is new there comes along.
            look(from, point).await?;
            fs_err::remove_file(from.join("sandbox/files/wallet.json"))?;
            fs_err::write(from.join("sandbox/files/wallet.json"), "{}")?;
            fs_err::write(from.join("late.txt"), "late")?;
        }
        relocate(from, to, |_| ())?;
        assert_eq!(to.join("late.txt").exists(), point == "20000000", "{point}");
        finish_relocation(from, to)?;
        assert!(!from.exists(), "{point}");
        look(to, point).await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_only_the_journal_has_moves_too() -> TestResult {
    let test = "relocate::what_only_the_journal_has_moves_too";
    if let Some((root, _)) = as_child() {
        // It dies with everything in the journal.
        fill(&root).await?;
        let library = Library::open(&root)?;
        library.set_setting("last", "word").await?;
        std::process::abort();
    }
    let places = Places::new(false)?;
    let (from, to) = (&places.from, &places.to);
    let output = child(test, from, "")?.output()?;
    assert_eq!(
        output.status.code(),
        None,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        fs_err::metadata(from.join("library.db-wal"))?.len() > 0,
        "there is a journal"
    );
    relocate(from, to, |_| ())?;
    finish_relocation(from, to)?;
    let library = Library::open(to)?;
    assert_eq!(library.setting("last").await?.as_deref(), Some("word"));
    Ok(())
}
