//! `wiro upload` and `wiro folder create`.

use crate::stage::{Stage, names};

#[test]
fn a_file_is_put_into_a_folder_and_used_by_its_address() {
    let stage = Stage::key_only();
    let folder = stage.json(&["folder", "create", "photos-2026"]);
    let folder = folder.expect_success().clone();
    assert_eq!(folder["name"], "photos-2026");
    let picture = stage.picture("in.png", 8, 6);
    let bytes = fs_err::metadata(&picture).expect("a file").len();
    let id = folder["id"].as_str().expect("an id");
    let uploaded = stage.json(&["upload", &picture, "--folder", id]);
    let file = uploaded.expect_success();
    assert_eq!(
        (file["name"].as_str(), file["bytes"].as_u64()),
        (Some("in.png"), Some(bytes))
    );
    let url = file["url"].as_str().expect("an address");
    let input = format!("inputImage={url}");
    let done = stage.json(&["run", "sandbox/upscale", "-f", &input, "-p", "scale=2"]);
    let path = done.expect_success()["files"][0]["path"].clone();
    let size = image::image_dimensions(path.as_str().expect("a path")).expect("a picture");
    assert_eq!(size, (16, 12));
}

#[test]
fn a_folder_lies_in_another_and_a_bad_name_is_told_at_once() {
    let stage = Stage::key_only();
    let outer = stage.json(&["folder", "create", "outer"]).expect_success()["id"].clone();
    let parent = outer.as_str().expect("an id");
    stage
        .json(&["folder", "create", "inner", "--parent", parent])
        .expect_success();
    for name in ["", "with space", "a/b", "\u{e4}"] {
        stage
            .json(&["folder", "create", name])
            .expect_error(2, "input.invalid");
    }
}

#[test]
fn f27a_what_cannot_be_sent_is_refused_before_anything_leaves() {
    let stage = Stage::key_only();
    let empty = stage.path("empty.png");
    fs_err::write(&empty, "").expect("written");
    let large = stage.path("large.png");
    let file = fs_err::File::create(&large).expect("made");
    file.set_len(100 * 1_048_576 + 1).expect("sparse");
    for path in [
        empty.display().to_string(),
        large.display().to_string(),
        stage.path("missing.png").display().to_string(),
        stage.path("").display().to_string(),
    ] {
        stage
            .json(&["upload", &path])
            .expect_error(2, "file.unusable");
    }
    assert!(names(&stage.path("service").join("uploads")).is_empty());
}
