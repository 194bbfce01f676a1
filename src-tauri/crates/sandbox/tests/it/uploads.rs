//! `File/FolderCreate` and `File/Upload`.

use std::io::{Cursor, Write};
use std::path::Path;

use futures_util::stream;
use image::ImageFormat;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, RANGE};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::support::{KEY, Lab, download, eventually, file, lab, output_url, picture, restarted};

const MIB: usize = 1_048_576;

async fn upload(lab: &Lab, form: Form) -> Value {
    let answer = lab.post("File/Upload").multipart(form).send().await;
    answer.unwrap().json().await.unwrap()
}

fn form(bytes: &[u8], name: &str, content_type: &str) -> Form {
    Form::new().part("file", file(bytes.to_vec(), name, content_type))
}

fn refused(code: u64, message: &str) -> Value {
    json!({ "result": false, "errors": [{ "code": code, "message": message }] })
}

/// Everything the Sandbox keeps of uploads, half-received ones included.
fn left_of_uploads(dir: &Path) -> usize {
    let count = |folder: &str| fs_err::read_dir(dir.join(folder)).unwrap().count();
    count("incoming") + count("uploads")
}

#[tokio::test]
async fn folders_are_listed_as_documented_and_nest() {
    let lab = lab(|config| config);
    let create = |body: Value| lab.call("File/FolderCreate", body);
    let answer = create(json!({ "name": "training-data_1" })).await;
    assert_eq!(
        (&answer["result"], &answer["errors"]),
        (&json!(true), &json!([]))
    );
    let folder = answer["list"][0].as_object().unwrap();
    let keys: Vec<&str> = folder.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        ["id", "name", "parentid", "size", "contenttype", "addedtime"]
    );
    assert!(folder.values().all(Value::is_string), "{folder:?}");
    assert_eq!(
        (&folder["name"], &folder["size"], &folder["contenttype"]),
        (&json!("training-data_1"), &json!("0"), &json!(""))
    );
    let inner = create(json!({ "name": "inner", "parentid": folder["id"] })).await;
    assert_eq!(inner["list"][0]["parentid"], folder["id"]);

    let wrong = "Your folder name should be contain (A-Z) (0-9) (-) (_)";
    let cases = [
        (json!({}), 0, "Request parameter [name] required"),
        (
            json!({ "name": "" }),
            0,
            "Request parameter [name] required",
        ),
        (json!({ "name": "two words" }), 0, wrong),
        (json!({ "name": "../up" }), 0, wrong),
        (json!({ "name": "größe" }), 0, wrong),
        (json!({ "name": "a".repeat(256) }), 0, wrong),
        (
            json!({ "name": "a", "parentid": "folder-none" }),
            1,
            "folder-not-exist",
        ),
    ];
    for (body, code, message) in cases {
        assert_eq!(create(body.clone()).await, refused(code, message), "{body}");
    }
}

#[tokio::test]
async fn uploads_are_listed_as_documented_and_served_in_parts() {
    let lab = lab(|config| config);
    let answer = upload(&lab, form(b"a,b\n1,2\n", "../my data.csv", "text/plain")).await;
    assert_eq!(
        (&answer["result"], &answer["errors"]),
        (&json!(true), &json!([]))
    );
    let entry = answer["list"][0].as_object().unwrap();
    let keys: Vec<&str> = entry.keys().map(String::as_str).collect();
    let expected = [
        "id",
        "name",
        "contenttype",
        "size",
        "parentid",
        "url",
        "addedtime",
        "accesskey",
    ];
    assert_eq!(keys, expected);
    assert!(entry.values().all(Value::is_string), "{entry:?}");
    assert_eq!(
        (&entry["name"], &entry["contenttype"], &entry["size"]),
        (&json!("my_data.csv"), &json!("text/csv"), &json!("8"))
    );
    assert!(!entry["parentid"].as_str().unwrap().is_empty());

    // Whoever knows the address may have it; who does not may not.
    let url = entry["url"].as_str().unwrap();
    let part = lab.http.get(url).header(RANGE, "bytes=4-6").send().await;
    let part = part.unwrap();
    assert_eq!(
        (part.status(), &part.headers()[CONTENT_TYPE]),
        (StatusCode::PARTIAL_CONTENT, &"text/csv".parse().unwrap())
    );
    assert_eq!(part.text().await.unwrap(), "1,2");
    let guessed = url.replace(entry["accesskey"].as_str().unwrap(), "a");
    assert_eq!(download(&guessed).await.0, StatusCode::NOT_FOUND);
    let up = url.replace("my_data.csv", "..%2f..%2fwallet.json");
    assert_eq!(download(&up).await.0, StatusCode::NOT_FOUND);
    assert_eq!(lab.stats().await["requests"]["File/Upload"], 1);
}

#[tokio::test]
async fn only_documented_kinds_of_one_file_in_a_known_folder_are_taken() {
    let lab = lab(|config| config);
    let answer = lab
        .call("File/FolderCreate", json!({ "name": "mine" }))
        .await;
    let folder = answer["list"][0]["id"].as_str().unwrap().to_owned();
    let text = || form(b"x", "a.txt", "text/plain");
    let kept = upload(&lab, text().text("folderid", folder.clone())).await;
    assert_eq!(kept["list"][0]["parentid"], folder);
    let file_id = kept["list"][0]["id"].as_str().unwrap().to_owned();
    let made_up = upload(&lab, form(b"x", "upload", "image/webp")).await;
    assert_eq!(made_up["list"][0]["contenttype"], "image/webp");

    let before = left_of_uploads(lab.dir.path());
    let no_kind = "This file type is not allowed";
    let cases = [
        (form(b"MZ", "a.exe", "image/png"), 0, no_kind),
        (form(b"x", "upload", "text/html"), 0, no_kind),
        (
            text().text("folderid", "folder-none"),
            1,
            "folder-not-exist",
        ),
        // A file is no folder.
        (text().text("folderid", file_id), 1, "folder-not-exist"),
        (
            Form::new().text("folderid", folder),
            0,
            "Request files [file] required",
        ),
        (
            text().part("file", file(b"y".to_vec(), "b.txt", "text/plain")),
            0,
            "Request parameters are invalid.",
        ),
        (
            form(b"no archive", "a.zip", "application/zip"),
            0,
            "This archive cannot be unpacked",
        ),
    ];
    for (form, code, message) in cases {
        assert_eq!(upload(&lab, form).await, refused(code, message));
    }
    let json = lab.call("File/Upload", json!({ "file": "a.txt" })).await;
    assert_eq!(json, refused(0, "Request parameters are invalid."));
    let keyless = lab.http.post(lab.url("File/Upload")).multipart(text());
    let keyless = keyless.send().await.unwrap();
    assert_eq!(keyless.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(left_of_uploads(lab.dir.path()), before, "nothing stays");
}

/// So many bytes that are never in memory at once, here at least.
fn streamed(bytes: usize) -> Form {
    let piece = bytes::Bytes::from(vec![7; MIB]);
    let pieces = (0..bytes.div_ceil(MIB)).map(move |index| {
        let rest = (bytes - index * MIB).min(MIB);
        Ok::<_, std::io::Error>(piece.slice(..rest))
    });
    let body = reqwest::Body::wrap_stream(stream::iter(pieces));
    let part = Part::stream_with_length(body, bytes.try_into().unwrap());
    Form::new().part("file", part.file_name("a.mp4"))
}

#[tokio::test]
async fn a_hundred_megabytes_are_taken_and_not_one_byte_more() {
    let lab = lab(|config| config);
    let whole = upload(&lab, streamed(100 * MIB)).await;
    assert_eq!(whole["list"][0]["size"], (100 * MIB).to_string());
    let before = left_of_uploads(lab.dir.path());
    for bytes in [100 * MIB + 1, 120 * MIB] {
        let answer = upload(&lab, streamed(bytes)).await;
        assert_eq!(
            answer,
            refused(0, "File size must be at most 100 MB"),
            "{bytes}"
        );
    }
    assert_eq!(left_of_uploads(lab.dir.path()), before, "nothing stays");
}

#[tokio::test]
async fn f26_an_upload_that_is_broken_off_leaves_nothing() {
    let lab = lab(|config| config);
    let host = lab.sandbox.api_url().replace("/v1", "");
    let host = host.trim_start_matches("http://");
    let head = format!(
        "POST /v1/File/Upload HTTP/1.1\r\nhost: {host}\r\nx-api-key: {KEY}\r\ncontent-length: 50000000\r\n\
         content-type: multipart/form-data; boundary=b\r\n\r\n--b\r\ncontent-disposition: form-data; name=\"file\"; \
         filename=\"a.mp4\"\r\n\r\n"
    );
    let mut client = tokio::net::TcpStream::connect(host).await.unwrap();
    client.write_all(head.as_bytes()).await.unwrap();
    client.write_all(&vec![1; 8 * MIB]).await.unwrap();
    let incoming = lab.dir.path().join("incoming");
    let received = || {
        let folders = fs_err::read_dir(&incoming).unwrap();
        let files = folders.flat_map(|folder| fs_err::read_dir(folder.unwrap().path()).unwrap());
        files
            .map(|file| file.unwrap().metadata().unwrap().len())
            .sum::<u64>()
    };
    // It grows on disk while it comes.
    eventually("the upload on disk", || received() > 4_000_000).await;
    drop(client);
    let dir = lab.dir.path().to_owned();
    eventually("its removal", || left_of_uploads(&dir) == 0).await;
}

#[tokio::test]
async fn uploads_survive_a_restart_and_feed_runs() {
    let lab = lab(|config| config);
    let bytes = picture(40, 30, ImageFormat::Png);
    let answer = upload(&lab, form(&bytes, "a.png", "image/png")).await;
    let url = answer["list"][0]["url"].as_str().unwrap().to_owned();
    let folder = lab
        .call("File/FolderCreate", json!({ "name": "kept" }))
        .await;
    let scaled = |url: &str| json!({ "inputImageUrl": url, "scale": 2 });
    let first = lab.run("sandbox/upscale", scaled(&url)).await;
    assert_eq!(lab.ended(&first).await["pexit"], "0");

    // What a crash left without a record goes away; what has one stays.
    let orphan = lab.dir.path().join("uploads/file-orphan");
    fs_err::create_dir_all(&orphan).unwrap();
    let old_port = lab.sandbox.api_url();
    let lab = restarted(lab, |config| config).await;
    assert!(!orphan.exists());
    let new = url.replace(
        old_port.trim_end_matches("/v1"),
        lab.sandbox.api_url().trim_end_matches("/v1"),
    );
    assert_eq!(download(&new).await, (StatusCode::OK, bytes));
    // The address from before the restart still means the same file to a run, wherever the server listens now.
    for url in [&url, &new] {
        let task = lab.run("sandbox/upscale", scaled(url)).await;
        let detail = lab.ended(&task).await;
        assert_eq!(detail["pexit"], "0", "{detail}");
        let (_, result) = download(&output_url(&detail)).await;
        let result = image::load_from_memory(&result).unwrap();
        assert_eq!((result.width(), result.height()), (80, 60));
    }
    let into = form(b"x", "a.md", "text/markdown").text(
        "folderid",
        folder["list"][0]["id"].as_str().unwrap().to_owned(),
    );
    assert_eq!(upload(&lab, into).await["result"], true);
}

#[tokio::test]
async fn an_archive_is_listed_with_what_is_in_it() {
    let lab = lab(|config| config);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in [
        ("../notes.md", "# Notes"),
        ("bad.exe", "MZ"),
        ("b/c.txt", "c"),
    ] {
        writer.start_file(name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    let answer = upload(&lab, form(&bytes, "all.zip", "application/zip")).await;
    let list = answer["list"].as_array().unwrap();
    let names: Vec<&Value> = list.iter().map(|entry| &entry["name"]).collect();
    assert_eq!(names, ["all.zip", "notes.md", "c.txt"]);
    assert!(
        list.iter()
            .all(|entry| entry["parentid"] == list[0]["parentid"])
    );
    let get = |index: usize| download(list[index]["url"].as_str().unwrap());
    assert_eq!(get(0).await, (StatusCode::OK, bytes));
    assert_eq!(get(1).await, (StatusCode::OK, b"# Notes".to_vec()));
}
