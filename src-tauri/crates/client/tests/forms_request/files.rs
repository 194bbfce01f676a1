//! How files and addresses travel.

use std::path::Path;

use wiro_client::forms::Part;

use super::*;

#[test]
fn addresses_travel_in_json() {
    let given = answers([
        ("prompt", Answer::text("x")),
        ("photo", Answer::url(" https://a.example/1,2.png ")),
        (
            "papers",
            urls(&["https://a.example/1,2.pdf", "https://a.example/3.pdf"]),
        ),
        ("mixed", urls(&["https://a.example/1,2.png"])),
    ]);
    assert_eq!(
        json_of(&everything(), &given),
        json!({
            "prompt": "x", "photoUrl": "https://a.example/1,2.png", "mixed": ["https://a.example/1,2.png"],
            "papersUrl": "https://a.example/1%2C2.pdf,https://a.example/3.pdf",
        })
    );
    // One address with a comma would be split as well.
    let one = answers([
        ("prompt", Answer::text("x")),
        ("papers", Answer::url("https://a.example/1,2.pdf")),
    ]);
    assert_eq!(
        json_of(&everything(), &one)["papersUrl"],
        "https://a.example/1%2C2.pdf"
    );
    // The twin's own key is understood too.
    let twins = answers([
        ("prompt", Answer::text("x")),
        ("photoUrl", Answer::text("https://a.example/1,2.png")),
        ("papers", Answer::url("https://a.example/0.pdf")),
        (
            "papersUrl",
            Answer::text("https://a.example/1.pdf, https://a.example/2.pdf"),
        ),
    ]);
    assert_eq!(
        json_of(&everything(), &twins),
        json!({
            "prompt": "x", "photoUrl": "https://a.example/1,2.png",
            "papersUrl": "https://a.example/0.pdf,https://a.example/1.pdf,https://a.example/2.pdf",
        })
    );
}

/// D-05: some models take an address under the field itself.
#[test]
fn addresses_go_under_the_field_itself_when_told_so() {
    let form = everything()
        .with_addresses_in_field("photo")
        .with_addresses_in_field("prompt");
    let given = answers([
        ("prompt", Answer::text("x")),
        ("photo", Answer::url("https://a.example/1,2.png")),
        ("papers", Answer::url("https://a.example/3.pdf")),
    ]);
    assert_eq!(
        json_of(&form, &given),
        json!({
            "prompt": "x", "photo": "https://a.example/1,2.png", "papersUrl": "https://a.example/3.pdf",
        })
    );
}

#[test]
fn several_addresses_may_be_written_in_one_text() {
    let list = "https://a.example/1,2.png; https://a.example/3.png\nhttps://a.example/4.png";
    let given = answers([
        ("prompt", Answer::text("x")),
        ("papers", Answer::text(list)),
        ("mixed", Answer::text(list)),
    ]);
    assert_eq!(
        json_of(&everything(), &given),
        json!({
            "prompt": "x",
            "papersUrl": "https://a.example/1%2C2.png,https://a.example/3.png,https://a.example/4.png",
            "mixed": ["https://a.example/1,2.png", "https://a.example/3.png", "https://a.example/4.png"],
        })
    );
}

fn text(name: &str, value: &str) -> Part {
    Part::Text {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

fn file(name: &str, path: &Path, bytes: u64) -> Part {
    let file_name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    Part::File {
        name: name.to_owned(),
        path: path.to_owned(),
        file_name,
        bytes,
    }
}

#[test]
fn a_local_file_makes_it_multipart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ümläut photo.png");
    fs_err::write(&path, b"12345").unwrap();
    let local = || FileSource::Path(path.clone());
    let url = |name: &str| FileSource::Url(format!("https://a.example/{name}"));
    let given = answers([
        ("prompt", Answer::text("x")),
        ("scale", Answer::text("4.0")),
        ("watermark", Answer::text("true")),
        ("styles", Answer::List(vec!["a".into(), "b".into()])),
        ("photo", Answer::Files(vec![local()])),
        (
            "papers",
            Answer::Files(vec![url("1,1.pdf"), local(), url("2.pdf"), local()]),
        ),
        (
            "mixed",
            Answer::Files(vec![url("1,1.png"), local(), url("2.png")]),
        ),
    ]);
    let body = everything().request(&given).unwrap();
    let expected = vec![
        text("prompt", "x"),
        text("scale", "4"),
        text("watermark", "true"),
        text("styles", "a"),
        text("styles", "b"),
        file("photo", &path, 5),
        text("photoUrl", ""),
        file("papers", &path, 5),
        file("papers", &path, 5),
        text(
            "papersUrl",
            "https://a.example/1%2C1.pdf,https://a.example/2.pdf",
        ),
        text("mixed", "https://a.example/1,1.png"),
        file("mixed", &path, 5),
        text("mixed", "https://a.example/2.png"),
    ];
    assert_eq!(body, RunBody::Multipart(expected));
    assert_eq!((body.files().count(), body.file_bytes()), (4, 20));
    let parameters = Value::Object(body.parameters());
    assert_eq!(parameters["styles"], json!(["a", "b"]));
    assert_eq!(
        parameters["mixed"],
        json!(["https://a.example/1,1.png", "https://a.example/2.png"])
    );
    assert_eq!(parameters["scale"], "4");
    assert!(parameters.get("photo").is_none());
}

#[test]
fn addresses_beside_a_local_file_have_an_empty_counterpart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    fs_err::write(&path, b"1").unwrap();
    let given = answers([
        ("prompt", Answer::text("x")),
        ("photo", Answer::url("https://a.example/1.png")),
        ("papers", Answer::url("https://a.example/1.pdf")),
        ("mixed", Answer::path(&path)),
    ]);
    let expected = vec![
        text("prompt", "x"),
        text("photo", ""),
        text("photoUrl", "https://a.example/1.png"),
        text("papers", ""),
        text("papersUrl", "https://a.example/1.pdf"),
        file("mixed", &path, 1),
    ];
    assert_eq!(
        everything().request(&given).unwrap(),
        RunBody::Multipart(expected)
    );
}

#[test]
fn unusable_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.png");
    fs_err::write(&empty, b"").unwrap();
    let large = folder.path().join("large.png");
    fs_err::File::create(&large)
        .unwrap()
        .set_len(wiro_client::forms::MAX_FILE_BYTES + 1)
        .unwrap();
    let fits = folder.path().join("fits.png");
    fs_err::File::create(&fits)
        .unwrap()
        .set_len(wiro_client::forms::MAX_FILE_BYTES)
        .unwrap();
    let sub = folder.path().join("folder");
    fs_err::create_dir(&sub).unwrap();
    let said = form(&json!([
        {"id": "photo", "type": "fileinput", "note": "Size: maximum 4.7 MB"},
    ]));
    let problems = said
        .request(&answers([("photo", Answer::path(&fits))]))
        .unwrap_err();
    assert_eq!(problems[0].message, "fits.png is over 4.7 MB.");
    let several = Answer::Files(
        [&empty, &fits, &sub]
            .map(|path| FileSource::Path(path.clone()))
            .to_vec(),
    );
    let problems = everything()
        .request(&answers([
            ("prompt", Answer::text("x")),
            ("papers", several),
        ]))
        .unwrap_err();
    let messages: Vec<&str> = problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    assert_eq!(messages, ["empty.png is empty.", "folder is a folder."]);
    for (path, message) in [
        (folder.path().join("gone.png"), "gone.png is not there."),
        (empty, "empty.png is empty."),
        (large, "large.png is over 100 MB."),
        (sub, "folder is a folder."),
    ] {
        let problems = everything()
            .request(&answers([
                ("prompt", Answer::text("x")),
                ("photo", Answer::path(path)),
            ]))
            .unwrap_err();
        assert_eq!(
            (problems[0].field.as_str(), problems[0].problem),
            ("photo", ProblemKind::FileUnusable)
        );
        assert_eq!(problems[0].message, message);
    }
    let body = everything()
        .request(&answers([
            ("prompt", Answer::text("x")),
            ("photo", Answer::path(fits)),
        ]))
        .unwrap();
    assert_eq!(body.file_bytes(), wiro_client::forms::MAX_FILE_BYTES);
}
