//! Files that cannot be sent.

use std::process::Command;

use crate::stage::Stage;

#[test]
fn f27_files_that_cannot_be_sent_are_named_and_nothing_is_sent() {
    let stage = Stage::new();
    fs_err::write(stage.path("empty.png"), b"").expect("written");
    fs_err::create_dir(stage.path("folder.png")).expect("made");
    let large = fs_err::File::create(stage.path("large.png")).expect("made");
    large.set_len(100 * 1_048_576 + 1).expect("sparse");
    let made = Command::new("mkfifo")
        .arg(stage.path("pipe.png"))
        .status()
        .expect("mkfifo");
    assert!(made.success());
    // Not even root can open a link to itself.
    fs_err::os::unix::fs::symlink(stage.path("loop.png"), stage.path("loop.png")).expect("made");
    for name in [
        "missing.png",
        "empty.png",
        "folder.png",
        "large.png",
        "pipe.png",
        "loop.png",
    ] {
        let file = format!("inputImage={}", stage.path(name).display());
        let ended = stage.json(&["run", "sandbox/upscale", "-f", &file]);
        let error = ended.expect_error(2, "file.unusable");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.contains(name), "{message}");
        assert_eq!(error["action"], "choose_file");
    }
    assert_eq!(stage.service.runs(), 0, "nothing was sent");
    assert_eq!(stage.states(), [] as [&str; 0], "nothing was written down");
}

#[test]
fn a_file_of_exactly_the_limit_is_sent() {
    let stage = Stage::new();
    let file = fs_err::File::create(stage.path("full.png")).expect("made");
    file.set_len(100 * 1_048_576).expect("sparse");
    let file = format!("inputImage={}", stage.path("full.png").display());
    let ended = stage.json(&["run", "sandbox/upscale", "-f", &file]);
    // It is no picture, which is for the model to say.
    assert_eq!(
        (ended.code, &ended.last()["event"]),
        (Some(1), &serde_json::json!("result")),
        "{ended:?}"
    );
    assert_eq!(stage.service.runs(), 1);
}

#[test]
fn too_many_files_are_refused() {
    let stage = Stage::new();
    let file = format!("inputImage={}", stage.picture("in.png", 8, 8));
    let ended = stage.json(&["run", "sandbox/upscale", "-f", &file, "-f", &file]);
    ended.expect_error(2, "input.invalid");
    assert_eq!(stage.service.runs(), 0);
}
