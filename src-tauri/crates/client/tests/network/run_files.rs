//! Runs with files: streamed, counted, and stopped when a file is not what it was.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use wiro_client::client::Client;
use wiro_client::error::{Error, ErrorKind};
use wiro_client::forms::{Part, RunBody};
use wiro_client::runs::{RunAccepted, RunFailure, UploadProgress};

use crate::server::{Received, Reply, Server, json};

const ACCEPTED: &str = r#"{"result":true,"taskid":"1","socketaccesstoken":"t"}"#;
/// Larger than what fits between two sockets, so that the sender is really held up.
const LARGE: u64 = 32 * 1024 * 1024;

fn text(name: &str, value: &str) -> Part {
    Part::Text {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

fn file(name: &str, path: &Path, bytes: u64) -> Part {
    let file_name = path.file_name().unwrap().to_string_lossy().into_owned();
    Part::File {
        name: name.to_owned(),
        path: path.to_owned(),
        file_name,
        bytes,
    }
}

/// A file of zeros that was last written an hour ago.
fn zeros(folder: &TempDir, name: &str, bytes: u64) -> PathBuf {
    let path = folder.path().join(name);
    let file = fs_err::File::create(&path).unwrap();
    file.set_len(bytes).unwrap();
    file.file()
        .set_modified(SystemTime::now() - Duration::from_hours(1))
        .unwrap();
    path
}

async fn run(
    client: &Client,
    parts: Vec<Part>,
    progress: Option<UploadProgress>,
) -> Result<RunAccepted, RunFailure> {
    client
        .run(
            &"sandbox/filters".parse().unwrap(),
            &RunBody::Multipart(parts),
            progress,
        )
        .await
}

fn not_sent(outcome: Result<RunAccepted, RunFailure>) -> Error {
    match outcome {
        Err(RunFailure::NotSent(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// The parts of a body as a server without any library sees them: head and content.
fn parts_of(request: &Received) -> Vec<(String, Vec<u8>)> {
    let kind = request.header("content-type").unwrap();
    let boundary = format!(
        "--{}",
        kind.strip_prefix("multipart/form-data; boundary=").unwrap()
    );
    let body = &request.body;
    let starts: Vec<usize> = (0..body.len())
        .filter(|at| body[*at..].starts_with(boundary.as_bytes()))
        .collect();
    assert!(body[*starts.last().unwrap()..].starts_with(format!("{boundary}--").as_bytes()));
    starts
        .windows(2)
        .map(|pair| {
            let part = &body[pair[0] + boundary.len() + 2..pair[1] - 2];
            let end = part
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
                .unwrap();
            (
                String::from_utf8(part[..end].to_vec()).unwrap(),
                part[end + 4..].to_vec(),
            )
        })
        .collect()
}

#[tokio::test]
async fn parts_arrive_in_order_byte_for_byte_with_a_known_length() {
    let folder = TempDir::new().unwrap();
    let content: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let path = folder.path().join("Käse \"1\".png");
    fs_err::write(&path, &content).unwrap();
    let other = folder.path().join("b.weird");
    fs_err::write(&other, b"x").unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let progress: UploadProgress =
        Arc::new(move |sent, total| log.lock().unwrap().push((sent, total)));
    let server = Server::start(vec![json(200, ACCEPTED)]).await;
    let parts = vec![
        text("prompt", "two\r\nlines"),
        file("inputImage", &path, content.len() as u64),
        file("inputImage", &other, 1),
        text("inputImageUrl", ""),
        text("scale", "4"),
    ];
    run(&server.client(), parts, Some(progress)).await.unwrap();

    let request = &server.received()[0];
    assert_eq!(request.header("transfer-encoding"), None);
    assert_eq!(
        request.header("content-length"),
        Some(request.body.len().to_string().as_str())
    );
    let parts = parts_of(request);
    let heads: Vec<_> = parts
        .iter()
        .map(|(head, _)| head.to_ascii_lowercase())
        .collect();
    let names = [
        "name=\"prompt\"",
        "name=\"inputimage\"",
        "name=\"inputimage\"",
        "name=\"inputimageurl\"",
        "name=\"scale\"",
    ];
    for (head, name) in heads.iter().zip(names) {
        assert!(head.contains(name), "{head}");
    }
    assert!(
        heads[1].contains("content-type: image/png") && heads[1].contains("filename"),
        "{}",
        heads[1]
    );
    assert!(
        heads[2].contains("content-type: application/octet-stream"),
        "{}",
        heads[2]
    );
    assert!(!heads[0].contains("filename"));
    assert_eq!(parts.len(), 5);
    assert_eq!(parts[0].1, b"two\r\nlines");
    assert!(parts[1].1 == content, "the file arrives byte for byte");
    assert_eq!(
        (
            parts[2].1.as_slice(),
            parts[3].1.as_slice(),
            parts[4].1.as_slice()
        ),
        (&b"x"[..], &b""[..], &b"4"[..])
    );

    let seen = seen.lock().unwrap().clone();
    let total = content.len() as u64 + 10 + 1 + 1;
    assert_eq!(seen.last(), Some(&(total, total)));
    assert!(seen.iter().all(|(_, of)| *of == total));
    assert!(
        seen.windows(2).all(|pair| pair[0].0 < pair[1].0),
        "progress only grows"
    );
    assert!(seen.len() > 10, "a file is told piece by piece");
}

#[tokio::test]
async fn f27_unusable_files_stop_a_run_before_it_is_sent() {
    let folder = TempDir::new().unwrap();
    let grown = zeros(&folder, "grown.png", 12);
    let empty = zeros(&folder, "empty.png", 0);
    let huge = zeros(&folder, "huge.bin", 100 * 1024 * 1024 + 1);
    let gone = folder.path().join("gone.png");
    let cases = [
        (
            file("a", &grown, 10),
            "grown.png changed since it was chosen",
            true,
        ),
        (file("a", &gone, 10), "gone.png is gone", true),
        (file("a", &empty, 0), "empty.png is empty", false),
        (
            file("a", &huge, 100 * 1024 * 1024 + 1),
            "huge.bin is larger",
            false,
        ),
        (file("a", folder.path(), 10), "is not a file", false),
    ];
    let server = Server::start(vec![json(200, ACCEPTED)]).await;
    for (part, message, changed) in cases {
        let error = not_sent(run(&server.client(), vec![part], None).await);
        assert_eq!(*error.kind(), ErrorKind::Local);
        assert!(error.message().contains(message), "{error}");
        assert_eq!(error.is_file_changed(), changed, "{error}");
    }
    assert_eq!(server.count(), 0);
}

#[cfg(unix)]
#[tokio::test]
async fn f27_a_pipe_does_not_hang() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let server = Server::start(vec![json(200, ACCEPTED)]).await;
    let error = not_sent(run(&server.client(), vec![file("a", &pipe, 5)], None).await);
    assert_eq!(error.message(), "pipe is not a file");
    assert_eq!(server.count(), 0);
}

/// Changes the file when the first piece was read.
fn at_first_piece(change: impl Fn() + Send + Sync + 'static) -> UploadProgress {
    let done = Mutex::new(false);
    Arc::new(move |_, _| {
        let mut done = done.lock().unwrap();
        if !*done {
            *done = true;
            change();
        }
    })
}

#[tokio::test]
async fn f27_a_file_that_changes_while_it_is_sent_stops_the_run() {
    for shrink in [true, false] {
        let folder = TempDir::new().unwrap();
        let path = zeros(&folder, "video.mp4", LARGE);
        let target = path.clone();
        let progress = at_first_piece(move || {
            let file = fs_err::OpenOptions::new()
                .write(true)
                .open(&target)
                .unwrap();
            if shrink {
                file.set_len(LARGE / 2).unwrap();
            } else {
                file.file().set_modified(SystemTime::now()).unwrap();
            }
        });
        let server = Server::start(vec![json(200, ACCEPTED)]).await;
        let error = not_sent(
            run(
                &server.client(),
                vec![file("a", &path, LARGE)],
                Some(progress),
            )
            .await,
        );
        assert_eq!(*error.kind(), ErrorKind::Local, "{error:?}");
        assert!(
            error
                .message()
                .starts_with("video.mp4 changed since it was chosen"),
            "{error}"
        );
        assert!(error.is_file_changed());
    }
}

/// F26: an upload that breaks before its last byte started nothing, one that breaks after it may have.
#[tokio::test]
async fn f26_where_an_upload_breaks_decides_what_is_known() {
    let folder = TempDir::new().unwrap();
    let path = zeros(&folder, "video.mp4", LARGE);
    let half = usize::try_from(LARGE / 2).unwrap();
    for (reply, sent) in [
        (Reply::ResetAfter(0), false),
        (Reply::ResetAfter(half), false),
        (Reply::Close, true),
    ] {
        let server = Server::start(vec![reply, json(200, ACCEPTED)]).await;
        let failure = run(&server.client(), vec![file("a", &path, LARGE)], None)
            .await
            .unwrap_err();
        assert_eq!(
            matches!(failure, RunFailure::Unknown(_)),
            sent,
            "{failure:?}"
        );
        assert_eq!(
            matches!(failure, RunFailure::NotSent(_)),
            !sent,
            "{failure:?}"
        );
        assert_eq!(*failure.error().kind(), ErrorKind::Network);
        assert_eq!(server.count(), 1, "it is not sent again");
    }
}

#[tokio::test]
async fn a_slow_upload_is_not_a_silent_service() {
    let folder = TempDir::new().unwrap();
    let path = zeros(&folder, "video.mp4", LARGE);
    let Reply::Raw(answer) = json(200, ACCEPTED) else {
        panic!()
    };
    let slowly = Reply::Slowly {
        gulps: 16,
        pause: Duration::from_millis(100),
        answer,
    };
    let server = Server::start(vec![slowly]).await;
    // The whole takes 1.6 s, longer than the patience with silence.
    let client = server.impatient(Duration::from_secs(1));
    assert!(
        run(&client, vec![file("a", &path, LARGE)], None)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn an_upload_that_is_not_taken_ends() {
    let folder = TempDir::new().unwrap();
    let path = zeros(&folder, "video.mp4", LARGE);
    let never = Reply::Slowly {
        gulps: 1,
        pause: Duration::from_hours(1),
        answer: Vec::new(),
    };
    let server = Server::start(vec![never]).await;
    let error = not_sent(
        run(
            &server.impatient(Duration::from_millis(200)),
            vec![file("a", &path, LARGE)],
            None,
        )
        .await,
    );
    assert_eq!(*error.kind(), ErrorKind::Timeout);
}
