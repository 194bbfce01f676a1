//! Downloads: whole or not at all, from public addresses only.

use std::path::PathBuf;

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use url::Url;
use wiro_client::download::{DownloadError, DownloadErrorKind, Downloaded, Downloader};

use crate::server::{Reply, Server, answer, raw};

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("1.partial")
    }

    async fn fetch(&self, url: &str, expected: Option<u64>) -> Result<Downloaded, DownloadError> {
        let downloader = Downloader::new(true).unwrap();
        downloader
            .download(
                &Url::parse(url).unwrap(),
                &self.file(),
                expected,
                &CancellationToken::new(),
            )
            .await
    }

    /// Fetches what a server answers and expects it to fail without a trace.
    async fn fails(&self, reply: Reply, expected: Option<u64>) -> DownloadErrorKind {
        let server = Server::start(vec![reply]).await;
        let error = self
            .fetch(&server.url("/a.png?signature=canary"), expected)
            .await
            .unwrap_err();
        assert!(!self.file().exists(), "{error:?}");
        assert!(
            !format!("{error:?} {error}").contains("canary"),
            "{error:?}"
        );
        error.kind()
    }
}

#[tokio::test]
async fn a_file_arrives_whole_and_without_credentials() {
    let content: Vec<u8> = (0..50_000_u32).flat_map(u32::to_le_bytes).collect();
    let length = content.len() as u64;
    for (reply, expected) in [
        (
            answer(200, &[("content-type", "image/png")], &content),
            Some(length),
        ),
        (
            answer(200, &[("content-type", "image/png")], &content),
            None,
        ),
        (
            raw(200, &[("content-type", "image/png")], &content),
            Some(length),
        ),
        (raw(200, &[("content-type", "image/png")], &content), None),
    ] {
        let place = Place::new();
        let server = Server::start(vec![reply]).await;
        let done = place.fetch(&server.url("/a.png"), expected).await.unwrap();
        assert_eq!(
            (done.bytes, done.content_type.as_deref()),
            (length, Some("image/png"))
        );
        assert_eq!(done.head, content[..4096]);
        assert!(fs_err::read(place.file()).unwrap() == content);
        let request = &server.received()[0];
        assert_eq!(request.method, "GET");
        for name in [
            "x-api-key",
            "x-nonce",
            "x-signature",
            "authorization",
            "cookie",
            "referer",
        ] {
            assert_eq!(request.header(name), None, "{name}");
        }
    }
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let place = Place::new();
    let server = Server::start(vec![answer(200, &[], b"")]).await;
    let done = place.fetch(&server.url("/a"), Some(0)).await.unwrap();
    assert_eq!(
        (done.bytes, done.head.len(), done.content_type),
        (0, 0, None)
    );
    assert_eq!(fs_err::metadata(place.file()).unwrap().len(), 0);
}

#[tokio::test]
async fn f41_lengths_must_agree() {
    let place = Place::new();
    let length = |expected, got| DownloadErrorKind::Length { expected, got };
    // Shorter than the server said.
    let short = raw(200, &[("content-length", "10")], b"12345");
    assert_eq!(place.fails(short.clone(), None).await, length(10, 5));
    assert_eq!(place.fails(short, Some(10)).await, length(10, 5));
    // Another length than the task said, announced or not.
    assert_eq!(
        place.fails(answer(200, &[], b"12345"), Some(6)).await,
        length(6, 5)
    );
    assert_eq!(
        place.fails(answer(200, &[], b"1234567"), Some(6)).await,
        length(6, 7)
    );
    assert_eq!(
        place.fails(raw(200, &[], b"12345"), Some(6)).await,
        length(6, 5)
    );
    assert_eq!(
        place.fails(raw(200, &[], b"1234567"), Some(6)).await,
        length(6, 7)
    );
    let endless = raw(200, &[], &vec![0; 4 * 1024 * 1024]);
    assert!(matches!(
        place.fails(endless, Some(1000)).await,
        DownloadErrorKind::Length { expected: 1000, .. }
    ));
    // A chunked body that is cut off.
    let cut = raw(
        200,
        &[("transfer-encoding", "chunked")],
        b"5\r\n12345\r\n5\r\n12",
    );
    assert_eq!(place.fails(cut, None).await, DownloadErrorKind::Network);
}

#[tokio::test]
async fn f41_statuses_are_told_apart() {
    let place = Place::new();
    for status in [403, 404, 410] {
        assert_eq!(
            place.fails(answer(status, &[], b"<html>"), None).await,
            DownloadErrorKind::Expired
        );
    }
    for status in [206, 304, 400, 401, 429, 500, 502, 503] {
        assert_eq!(
            place.fails(answer(status, &[], b"<html>"), None).await,
            DownloadErrorKind::Service,
            "{status}"
        );
    }
    assert_eq!(
        place.fails(Reply::Close, None).await,
        DownloadErrorKind::Network
    );
    let gone = crate::server::refused().await;
    assert_eq!(
        place
            .fetch(gone.api().as_str(), None)
            .await
            .unwrap_err()
            .kind(),
        DownloadErrorKind::Network
    );
}

#[tokio::test]
async fn redirects_are_followed_a_few_times() {
    let place = Place::new();
    let target = Server::start(vec![answer(200, &[], b"12345")]).await;
    let absolute = target.url("/b.png");
    let hop = Server::start(vec![
        answer(302, &[("location", "/second")], b""),
        answer(307, &[("location", &absolute)], b""),
    ])
    .await;
    let done = place.fetch(&hop.url("/first"), Some(5)).await.unwrap();
    assert_eq!(done.bytes, 5);
    assert_eq!(hop.received()[1].path, "/second");

    let place = Place::new();
    assert_eq!(
        place
            .fails(answer(302, &[("location", "/again")], b""), None)
            .await,
        DownloadErrorKind::Service
    );
    assert_eq!(
        place.fails(answer(302, &[], b""), None).await,
        DownloadErrorKind::Service
    );
    let endless = Server::start(vec![answer(302, &[("location", "/again")], b"")]).await;
    place.fetch(&endless.url("/"), None).await.unwrap_err();
    assert_eq!(endless.count(), 6, "the address itself and five others");
}

#[tokio::test]
async fn f41_redirects_inward_are_blocked() {
    let place = Place::new();
    for target in [
        "file:///etc/passwd",
        "http://example.com/a",
        "https://10.0.0.1/a",
        "https://192.168.1.1/a",
        "http://169.254.169.254/latest/meta-data/",
        "https://[fd00::1]/a",
        "https://[::ffff:10.0.0.1]/a",
        "https://user:password@example.com/a",
    ] {
        let kind = place
            .fails(answer(302, &[("location", target)], b""), None)
            .await;
        assert_eq!(kind, DownloadErrorKind::Blocked, "{target}");
    }
}

#[tokio::test]
async fn without_leave_this_machine_is_not_called() {
    let server = Server::start(vec![answer(200, &[], b"12345")]).await;
    let place = Place::new();
    let strict = Downloader::new(false).unwrap();
    let port = Url::parse(&server.url("/")).unwrap().port().unwrap();
    for url in [
        server.url("/a"),
        server.url("/a").replace("http:", "https:"),
        format!("https://localhost:{port}/a"),
        format!("https://[::1]:{port}/a"),
    ] {
        let url = Url::parse(&url).unwrap();
        let error = strict
            .download(&url, &place.file(), None, &CancellationToken::new())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), DownloadErrorKind::Blocked, "{url}");
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn an_existing_file_is_left_alone() {
    let place = Place::new();
    fs_err::write(place.file(), "mine").unwrap();
    let server = Server::start(vec![answer(200, &[], b"12345")]).await;
    let error = place.fetch(&server.url("/a"), None).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.io_kind()),
        (
            DownloadErrorKind::Disk,
            Some(std::io::ErrorKind::AlreadyExists)
        )
    );
    assert_eq!(fs_err::read_to_string(place.file()).unwrap(), "mine");
}

#[tokio::test]
async fn a_full_or_missing_disk_is_told() {
    let server = Server::start(vec![answer(200, &[], b"12345")]).await;
    let place = Place::new();
    let nowhere = place.folder.path().join("no/such/folder/1.partial");
    let url = Url::parse(&server.url("/a")).unwrap();
    let downloader = Downloader::new(true).unwrap();
    let error = downloader
        .download(&url, &nowhere, None, &CancellationToken::new())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.io_kind()),
        (DownloadErrorKind::Disk, Some(std::io::ErrorKind::NotFound))
    );
}

#[tokio::test]
async fn a_stopped_download_leaves_nothing() {
    let Reply::Raw(half) = raw(200, &[("content-length", "10")], b"12345") else {
        panic!()
    };
    let server = Server::start(vec![Reply::Stall(half)]).await;
    let place = Place::new();
    let cancel = CancellationToken::new();
    let downloader = Downloader::new(true).unwrap();
    let (url, file) = (Url::parse(&server.url("/a")).unwrap(), place.file());
    let download = downloader.download(&url, &file, None, &cancel);
    let (outcome, ()) = tokio::join!(download, async {
        while !file.exists() {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    });
    assert_eq!(outcome.unwrap_err().kind(), DownloadErrorKind::Cancelled);
    assert!(!file.exists());
}
