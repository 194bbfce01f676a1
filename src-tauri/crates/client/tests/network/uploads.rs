//! Files put on the service by themselves, and what stopping means while something is sent.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use wiro_client::error::{Error, ErrorKind};
use wiro_client::files::UploadedFile;
use wiro_client::forms::{Part, RunBody};
use wiro_client::runs::{RunFailure, UploadProgress};

use crate::server::{Reply, Server, answer, json as answer_json, refused};

/// Larger than what fits between two sockets, so that the sender is really held up.
const LARGE: u64 = 32 * 1024 * 1024;
/// How long stopping may take.
const AT_ONCE: Duration = Duration::from_millis(200);
const ACCEPTED: &str = r#"{"result":true,"taskid":"1","socketaccesstoken":"t"}"#;

fn stored() -> String {
    json!({"result": true, "errors": [], "list": [{
        "id": "7", "name": "cat.png", "contenttype": "image/png", "size": "5", "parentid": "3",
        "url": "https://cdn1.wiro.ai/x/cat.png", "addedtime": "1700000000", "accesskey": "access-canary"
    }]})
    .to_string()
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// A file that was last written an hour ago.
    fn file(&self, name: &str, bytes: u64) -> PathBuf {
        let path = self.0.path().join(name);
        let file = fs_err::File::create(&path).unwrap();
        file.set_len(bytes).unwrap();
        let earlier = SystemTime::now() - Duration::from_hours(1);
        file.file().set_modified(earlier).unwrap();
        path
    }
}

async fn upload(server: &Server, path: &std::path::Path) -> Result<UploadedFile, Error> {
    server
        .client()
        .upload(path, None, None, &CancellationToken::new())
        .await
}

#[tokio::test]
async fn a_file_is_one_streamed_post_of_known_length() {
    let place = Place::new();
    let path = place.0.path().join("cat.png");
    fs_err::write(&path, b"12345").unwrap();
    let server = Server::start(vec![answer_json(200, &stored())]).await;
    let told = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&told);
    let progress: UploadProgress = Arc::new(move |sent, _| seen.store(sent, Ordering::Relaxed));
    let file = server
        .client()
        .upload(&path, Some("3"), Some(progress), &CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(file.url.as_str(), "https://cdn1.wiro.ai/x/cat.png");
    assert_eq!(
        (file.id.as_deref(), file.bytes, file.folder_id.as_deref()),
        (Some("7"), Some(5), Some("3"))
    );
    assert_eq!(file.added_time_ms, Some(1_700_000_000_000));
    assert!(!format!("{file:?}").contains("access-canary"), "{file:?}");
    assert_eq!(
        told.load(Ordering::Relaxed),
        6,
        "the folder's id counts too"
    );

    let request = &server.received()[0];
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/v1/File/Upload")
    );
    assert_eq!(request.header("transfer-encoding"), None);
    assert_eq!(
        request.header("content-length"),
        Some(request.body.len().to_string().as_str())
    );
    assert!(request.header("x-signature").is_some());
    let body = String::from_utf8_lossy(&request.body);
    for part in [
        "name=\"folderid\"\r\n\r\n3\r\n",
        "name=\"file\"; filename=\"cat.png\"\r\n",
        "image/png",
        "\r\n\r\n12345\r\n",
    ] {
        assert!(body.contains(part), "{part:?} in {body}");
    }
}

#[tokio::test]
async fn f27_unusable_files_are_named_and_nothing_is_sent() {
    let place = Place::new();
    let server = Server::start(vec![answer_json(200, &stored())]).await;
    let pipe = place.0.path().join("pipe.png");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let cases = [
        (place.file("empty.png", 0), "empty.png is empty"),
        (
            place.file("huge.mp4", 100 * 1024 * 1024 + 1),
            "huge.mp4 is larger than 100 MB, the most the service takes",
        ),
        (place.0.path().join("none.png"), "none.png does not exist"),
        (pipe, "pipe.png is not a file"),
        (
            place.file("plain.png", 5).join("inside.png"),
            "inside.png cannot be read: not a directory",
        ),
        (place.0.path().to_owned(), "is not a file"),
    ];
    for (path, message) in cases {
        let error = upload(&server, &path).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Local, "{error:?}");
        assert!(error.message().ends_with(message), "{error}");
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn f27_a_file_that_changes_while_it_is_sent_breaks_the_upload_off() {
    let place = Place::new();
    let path = place.file("video.mp4", LARGE);
    let server = Server::start(vec![answer_json(200, &stored())]).await;
    let changed = path.clone();
    let progress: UploadProgress = Arc::new(move |sent, total| {
        if sent < total {
            let file = fs_err::OpenOptions::new().write(true).open(&changed);
            file.unwrap().set_len(LARGE / 2).unwrap();
        }
    });
    let error = server
        .client()
        .upload(&path, None, Some(progress), &CancellationToken::new())
        .await
        .unwrap_err();
    assert!(error.is_file_changed(), "{error:?}");
    assert!(error.message().contains("video.mp4"), "{error}");
}

#[tokio::test]
async fn an_answer_without_a_usable_address_is_an_error() {
    let place = Place::new();
    let path = place.file("cat.png", 5);
    let cases = [
        r#"{"result":true,"list":[{"id":"7"}]}"#,
        r#"{"result":true,"list":[{"id":"7","url":""}]}"#,
        r#"{"result":true,"list":[{"id":"7","url":"file:///etc/passwd"}]}"#,
        r#"{"result":true,"list":[{"id":"7","url":"http://cdn1.wiro.ai/x"}]}"#,
        r#"{"result":true,"list":[]}"#,
        r#"{"result":true,"list":["x"]}"#,
        r#"{"result":true}"#,
    ];
    for text in cases {
        let server = Server::start(vec![answer_json(200, text)]).await;
        let error = upload(&server, &path).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Protocol, "{text}");
        assert_eq!(server.count(), 1, "{text}");
    }
}

#[tokio::test]
async fn failures_of_an_upload_are_told_and_not_repeated() {
    let place = Place::new();
    let path = place.file("cat.png", 5);
    let refusal = r#"{"result":false,"errors":[{"code":0,"message":"invalid-parameters"}]}"#;
    for (reply, kind) in [
        (
            answer_json(200, refusal),
            ErrorKind::Validation { field: None },
        ),
        (answer(401, &[], b""), ErrorKind::Auth),
        (answer(502, &[], b"<html>"), ErrorKind::Service),
        (Reply::Close, ErrorKind::Network),
    ] {
        let server = Server::start(vec![reply, answer_json(200, &stored())]).await;
        let error = upload(&server, &path).await.unwrap_err();
        assert_eq!((error.kind(), server.count()), (&kind, 1), "{error:?}");
        assert!(!error.message().contains('<'), "{error}");
    }
    let nobody = wiro_client::client::Client::new(refused().await, None).unwrap();
    let error = nobody
        .upload(&path, None, None, &CancellationToken::new())
        .await
        .unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Auth);
}

/// A server that reads nothing of the body, and one that reads it all and says nothing.
fn stalling() -> [(Reply, bool); 2] {
    let never = Reply::Slowly {
        gulps: 1,
        pause: Duration::from_hours(1),
        answer: Vec::new(),
    };
    [(never, false), (Reply::Stall(Vec::new()), true)]
}

/// Stops when the sending has come to a standstill, and says how long that took to have an effect.
async fn stopped<T>(
    cancel: &CancellationToken,
    sent: &AtomicU64,
    sending: impl Future<Output = T>,
) -> (T, Duration) {
    let stop = async {
        let mut before = u64::MAX;
        // Nothing moved between two looks: the service has stalled.
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let now = sent.load(Ordering::Relaxed);
            if now > 0 && now == before {
                break;
            }
            before = now;
        }
        cancel.cancel();
        Instant::now()
    };
    let ended = async { (sending.await, Instant::now()) };
    let ((outcome, end), begun) = tokio::join!(ended, stop);
    (outcome, end.duration_since(begun))
}

#[tokio::test]
async fn f18_stopping_an_upload_takes_effect_at_once_whatever_the_service_does() {
    let place = Place::new();
    let path = place.file("video.mp4", LARGE);
    for (reply, _) in stalling() {
        let server = Server::start(vec![reply]).await;
        let (cancel, sent) = (CancellationToken::new(), Arc::new(AtomicU64::new(0)));
        let log = Arc::clone(&sent);
        let progress: UploadProgress = Arc::new(move |now, _| log.store(now, Ordering::Relaxed));
        let client = server.client();
        let sending = client.upload(&path, None, Some(progress), &cancel);
        let (outcome, took) = stopped(&cancel, &sent, sending).await;
        assert_eq!(*outcome.unwrap_err().kind(), ErrorKind::Cancelled);
        assert!(took <= AT_ONCE, "{took:?}");
    }
}

#[tokio::test]
async fn f18_a_stopped_run_is_not_sent_before_its_last_byte_and_unknown_after_it() {
    let place = Place::new();
    let path = place.file("video.mp4", LARGE);
    let body = RunBody::Multipart(vec![Part::File {
        name: "inputImage".to_owned(),
        path,
        file_name: "video.mp4".to_owned(),
        bytes: LARGE,
    }]);
    let slug = "sandbox/filters".parse().unwrap();
    for (reply, complete) in stalling() {
        let server = Server::start(vec![reply, answer_json(200, ACCEPTED)]).await;
        let (cancel, sent) = (CancellationToken::new(), Arc::new(AtomicU64::new(0)));
        let log = Arc::clone(&sent);
        let progress: UploadProgress = Arc::new(move |now, _| log.store(now, Ordering::Relaxed));
        let client = server.client();
        let sending = client.run_cancellable(&slug, &body, Some(progress), &cancel);
        let (outcome, took) = stopped(&cancel, &sent, sending).await;
        let failure = outcome.unwrap_err();
        assert_eq!(*failure.error().kind(), ErrorKind::Cancelled);
        assert_eq!(
            matches!(failure, RunFailure::Unknown(_)),
            complete,
            "{failure:?}"
        );
        assert_eq!(
            matches!(failure, RunFailure::NotSent(_)),
            !complete,
            "{failure:?}"
        );
        assert!(took <= AT_ONCE, "{took:?}");
        assert!(server.count() <= 1, "it is not sent again");
    }
}

#[tokio::test]
async fn what_is_stopped_before_it_begins_is_not_sent() {
    let server = Server::start(vec![answer_json(200, ACCEPTED)]).await;
    let cancel = CancellationToken::new();
    cancel.cancel();
    let body = RunBody::Json(serde_json::Map::new());
    let slug = "wiro/flux".parse().unwrap();
    let outcome = server
        .client()
        .run_cancellable(&slug, &body, None, &cancel)
        .await;
    assert!(
        matches!(outcome, Err(RunFailure::NotSent(_))),
        "{outcome:?}"
    );
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn folders_are_made_with_names_the_service_takes() {
    let made = r#"{"result":true,"errors":[],"list":[{"id":"9","name":"a-B_1","parentid":"3","size":"0",
        "contenttype":"","addedtime":"1700000000"}]}"#;
    let server = Server::start(vec![answer_json(200, made)]).await;
    let client = server.client();
    let folder = client.create_folder("a-B_1", Some("3")).await.unwrap();
    assert_eq!(
        (folder.id.as_str(), folder.parent_id.as_deref()),
        ("9", Some("3"))
    );
    client.create_folder("a", None).await.unwrap();
    for name in ["", " ", "a b", "a/b", "..", "a.b", "Käse", "a\n"] {
        let error = client.create_folder(name, None).await.unwrap_err();
        let named = ErrorKind::Validation {
            field: Some("name".to_owned()),
        };
        assert_eq!(*error.kind(), named, "{name:?}");
    }
    let received = server.received();
    assert_eq!(received.len(), 2, "a bad name is not sent");
    assert_eq!(received[0].path, "/v1/File/FolderCreate");
    assert_eq!(
        received[0].json(),
        json!({"name": "a-B_1", "parentid": "3"})
    );
    assert_eq!(received[1].json(), json!({"name": "a"}));

    let nameless = Server::start(vec![answer_json(200, r#"{"result":true,"list":[{}]}"#)]).await;
    let error = nameless.client().create_folder("a", None).await;
    assert_eq!(*error.unwrap_err().kind(), ErrorKind::Protocol);
}
