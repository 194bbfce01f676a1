//! Section 9: folders and uploads.

use crate::support::shape::{assert_keys, is_decimal};
use crate::support::{Answer, Sandbox, part, png};
use reqwest::multipart::Form;
use serde_json::{Value, json};
use std::io::Write;

/// What section 9.2 accepts, without ZIP.
const EXTENSIONS: [&str; 20] = [
    "jpg", "png", "gif", "jpeg", "webp", "heic", "mp4", "webm", "mov", "mp3", "wav", "m4a", "pdf",
    "csv", "docx", "xlsx", "pptx", "txt", "md", "epub",
];

const LARGEST_BYTES: usize = 100 * 1_048_576;

fn sample(text: &str) -> Value {
    serde_json::from_str::<Value>(text).unwrap()["list"][0].clone()
}

async fn folder(sandbox: &Sandbox, body: Value) -> Value {
    let answer = sandbox.post("/File/FolderCreate", body).await;
    assert_eq!(answer.success()["list"].as_array().unwrap().len(), 1);
    let folder = answer.body["list"][0].clone();
    let documented = sample(include_str!("payloads/file.foldercreate.response.01.json"));
    assert_keys(&folder, &documented, &[]);
    assert!(
        is_decimal(&folder["addedtime"]) && is_decimal(&folder["size"]),
        "{folder:#}"
    );
    folder
}

async fn upload(sandbox: &Sandbox, form: Form) -> Answer {
    sandbox.form("/File/Upload", form).await
}

#[tokio::test]
async fn section_9_1_folders() {
    let sandbox = Sandbox::start().await;
    let first = folder(&sandbox, json!({"name": "training-data_1"})).await;
    assert_eq!(
        (&first["name"], &first["contenttype"]),
        (&json!("training-data_1"), &json!(""))
    );
    let child = folder(&sandbox, json!({"name": "child", "parentid": first["id"]})).await;
    assert_eq!(child["parentid"], first["id"]);
    assert_ne!(child["id"], first["id"]);
    for name in ["", "two words", "dot.ted", "sla/sh", "ünicode"] {
        let answer = sandbox
            .post("/File/FolderCreate", json!({"name": name}))
            .await;
        assert!(!answer.message().is_empty(), "{name}");
    }
    assert!(
        !sandbox
            .post("/File/FolderCreate", json!({}))
            .await
            .message()
            .is_empty()
    );
}

#[tokio::test]
async fn section_9_2_an_upload() {
    let sandbox = Sandbox::start().await;
    let bytes = png(20, 10);
    let target = folder(&sandbox, json!({"name": "target"})).await;
    let form = Form::new()
        .part("file", part("picture.png", bytes.clone()))
        .text("folderid", target["id"].as_str().unwrap().to_owned());
    let answer = upload(&sandbox, form).await;
    assert_eq!(answer.success()["list"].as_array().unwrap().len(), 1);
    let file = &answer.body["list"][0];
    let documented = sample(include_str!("payloads/file.upload.response.01.json"));
    assert_keys(file, &documented, &[]);
    assert_eq!(file["name"], "picture.png");
    assert_eq!(file["contenttype"], "image/png");
    assert_eq!(file["size"], bytes.len().to_string());
    assert_eq!(file["parentid"], target["id"]);
    assert!(is_decimal(&file["addedtime"]), "{file:#}");
    assert_eq!(sandbox.bytes(&file["url"]).await, bytes);

    let elsewhere = upload(
        &sandbox,
        Form::new().part("file", part("picture.png", bytes)),
    )
    .await;
    let elsewhere = &elsewhere.success()["list"][0];
    assert_ne!(elsewhere["parentid"], target["id"]);
    assert_ne!(elsewhere["id"], file["id"]);
}

#[tokio::test]
async fn section_9_2_every_accepted_kind_of_file() {
    let sandbox = Sandbox::start().await;
    for extension in EXTENSIONS {
        let name = format!("file.{extension}");
        let form = Form::new().part("file", part(&name, b"some bytes".to_vec()));
        let answer = upload(&sandbox, form).await;
        assert_eq!(answer.success()["list"][0]["name"], name);
    }
    let form = Form::new().part("file", part("program.exe", b"MZ".to_vec()));
    assert!(!upload(&sandbox, form).await.message().is_empty());
}

/// How an unpacked ZIP shows is open: a list of one or more files.
#[tokio::test]
async fn section_9_2_a_zip() {
    let sandbox = Sandbox::start().await;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["a.txt", "b.txt"] {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(name, options).unwrap();
        zip.write_all(name.as_bytes()).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    let answer = upload(&sandbox, Form::new().part("file", part("both.zip", bytes))).await;
    let list = answer.success()["list"].as_array().unwrap();
    assert!(!list.is_empty());
    let documented = sample(include_str!("payloads/file.upload.response.01.json"));
    for file in list {
        assert!(
            documented
                .as_object()
                .unwrap()
                .keys()
                .all(|key| file.get(key).is_some()),
            "{file:#}"
        );
    }
}

#[tokio::test]
async fn section_9_2_no_file_is_refused() {
    let sandbox = Sandbox::start().await;
    for form in [
        Form::new().text("folderid", ""),
        Form::new().text("file", ""),
    ] {
        assert!(!upload(&sandbox, form).await.message().is_empty());
    }
}

/// Whether a refusal comes as HTTP 200 or 413 is open (section 3.2); that nothing is stored is not.
#[tokio::test]
async fn section_9_2_more_than_100_mb_is_refused() {
    let sandbox = Sandbox::start().await;
    let part = part("large.txt", vec![b'a'; LARGEST_BYTES + 1]);
    let answer = upload(&sandbox, Form::new().part("file", part)).await;
    assert!(!answer.message().is_empty());
}

/// An uploaded file is an input by its URL (section 6.3).
#[tokio::test]
async fn section_6_3_an_upload_is_an_input_of_several_runs() {
    let sandbox = Sandbox::start().await;
    let url = sandbox.upload("a.png", png(10, 10)).await;
    for _ in 0..2 {
        let run = sandbox
            .run("sandbox/upscale", json!({"inputImageUrl": url}))
            .await;
        sandbox.succeeded(&run).await;
    }
}
