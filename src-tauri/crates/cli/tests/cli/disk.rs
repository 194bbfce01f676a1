//! Folders that cannot be used.

use serde_json::json;

use crate::service::Program;
use crate::stage::Stage;

#[test]
fn a_library_that_cannot_be_used_ends_with_6() {
    let stage = Stage::new();
    fs_err::write(stage.path("file"), b"x").expect("written");
    for (folder, code) in [
        (stage.path("file"), "disk.unavailable"),
        (stage.path("file/below"), "disk.unavailable"),
        ("/proc/wiro".into(), "disk.unavailable"),
    ] {
        for arguments in [
            &["tasks", "list"] as &[&str],
            &["run", "sandbox/slow", "-p", "seconds=0"],
        ] {
            let mut command = stage.command(arguments);
            command.arg("--json").env("WIRO_LIBRARY", &folder);
            Program::start(&mut command).end().expect_error(6, code);
        }
    }
    assert_eq!(stage.service.runs(), 0);
}

#[test]
fn f47a_a_damaged_library_is_built_anew_with_its_runs_and_files() {
    let stage = Stage::new();
    let done = stage.json(&[
        "run",
        "sandbox/pattern",
        "-p",
        "prompt=dunes",
        "-p",
        "width=64",
    ]);
    let path = done.expect_success()["files"][0]["path"].clone();
    let database = stage.library().join("library.db");
    fs_err::write(&database, "no database ".repeat(1000)).expect("written");
    let listed = stage.json(&["tasks", "list"]);
    assert!(
        listed.stderr.contains("was built anew"),
        "{}",
        listed.stderr
    );
    assert_eq!(
        listed.expect_success()["state"],
        "succeeded",
        "the run is there again"
    );
    let shown = stage.json(&["tasks", "show", "1001"]);
    assert_eq!(shown.expect_success()["files"][0]["path"], path);
    assert!(
        fs_err::metadata(path.as_str().expect("a path")).is_ok(),
        "and its result"
    );
    let again = stage.json(&["tasks", "list"]);
    assert!(!again.stderr.contains("built anew"), "it is said once");
}

#[test]
fn a_folder_for_results_is_tried_before_anything_is_sent() {
    let stage = Stage::new();
    fs_err::write(stage.path("file"), b"x").expect("written");
    for folder in [
        stage.path("file"),
        stage.path("file/below"),
        "/proc/wiro".into(),
    ] {
        let folder = folder.display().to_string();
        let ended = stage.json(&["run", "sandbox/slow", "-p", "seconds=0", "-o", &folder]);
        ended.expect_error(6, "disk.unavailable");
    }
    assert_eq!((stage.service.runs(), stage.states().len()), (0, 0));
}

#[test]
fn a_folder_that_breaks_during_the_run_loses_nothing() {
    let stage = Stage::new();
    let folder = stage.path("results");
    let dir = folder.display().to_string();
    let mut running = stage.start(&["run", "sandbox/slow", "-p", "seconds=1.5", "-o", &dir]);
    running.until("submitted");
    fs_err::remove_dir(&folder).expect("empty");
    fs_err::write(&folder, b"in the way").expect("written");
    let ended = running.end();
    ended.expect_error(6, "disk.unavailable");
    // The copy is missing, the result is not.
    let result = ended.events("result")[0];
    assert_eq!(result["success"], json!(true));
    let path = result["files"][0]["path"].as_str().expect("a path");
    assert!(fs_err::metadata(path).is_ok_and(|file| file.len() > 0));
    assert_eq!(
        (stage.states(), stage.service.runs()),
        (vec!["succeeded".to_owned()], 1)
    );
    assert_eq!(fs_err::read(&folder).expect("left alone"), b"in the way");
}
