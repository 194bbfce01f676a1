//! T11: no redirect hands the account over, whatever was asked and wherever it leads.

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use url::Url;
use wiro_client::client::Client;
use wiro_client::download::Downloader;
use wiro_client::error::{Error, ErrorKind};
use wiro_client::forms::RunBody;
use wiro_client::runs::RunFailure;
use wiro_client::tasks::{TaskQuery, TaskRef};

use crate::server::{Server, answer};

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];
const AUTH: [&str; 3] = ["x-api-key", "x-nonce", "x-signature"];

/// Where a redirect may lead: to the same server by another name, to another port, and to the unsafe scheme.
fn targets(own: &Server, elsewhere: &Server) -> [String; 3] {
    [
        own.url("/stolen").replace("127.0.0.1", "localhost"),
        elsewhere.url("/stolen"),
        elsewhere
            .url("/stolen")
            .replace("127.0.0.1", "unsafe.localhost"),
    ]
}

async fn ask(client: &Client, what: &str, path: &std::path::Path) -> Error {
    let task = TaskRef::id("1");
    match what {
        "a read" => client.tasks(&TaskQuery::default()).await.unwrap_err(),
        "a run" => {
            let body = RunBody::Json(serde_json::Map::new());
            let slug = "wiro/flux".parse().unwrap();
            match client.run(&slug, &body, None).await.unwrap_err() {
                RunFailure::Refused(error) => error,
                other => panic!("{other:?}"),
            }
        }
        "an upload" => client
            .upload(path, None, None, &CancellationToken::new())
            .await
            .unwrap_err(),
        "a folder" => client.create_folder("a", None).await.unwrap_err(),
        "a cancel" => client.cancel_task(&task).await.unwrap_err(),
        "a kill" => client.kill_task(&task).await.unwrap_err(),
        _ => client.stop_task(&task, None).await.unwrap_err(),
    }
}

#[tokio::test]
async fn t11_no_call_follows_a_redirect() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.png");
    fs_err::write(&path, b"12345").unwrap();
    for status in STATUSES {
        for kind in 0..3 {
            let elsewhere = Server::start(vec![answer(200, &[], b"{}")]).await;
            for what in [
                "a read",
                "a run",
                "an upload",
                "a folder",
                "a cancel",
                "a kill",
                "a stop",
            ] {
                // It must know its own port before it can say it.
                let probe = Server::start(vec![answer(200, &[], b"{}")]).await;
                let target = targets(&probe, &elsewhere)[kind].clone();
                let server =
                    Server::start(vec![answer(status, &[("location", &target)], b"")]).await;
                let error = ask(&server.client(), what, &path).await;
                assert_eq!(
                    (error.kind(), error.http_status()),
                    (&ErrorKind::Redirect, Some(status)),
                    "{what} {status} {target}"
                );
                assert!(error.message().contains("redirect"), "{error}");
                assert_eq!(server.count(), 1, "{what} {status} {target}");
                assert_eq!(probe.count(), 0, "{what} {status} {target}");
            }
            assert_eq!(elsewhere.count(), 0, "{status}");
        }
    }
}

#[tokio::test]
async fn t11_a_download_that_is_led_elsewhere_carries_no_credentials() {
    for status in STATUSES {
        let elsewhere = Server::start(vec![answer(200, &[], b"12345")]).await;
        let target = elsewhere.url("/b");
        let server = Server::start(vec![answer(status, &[("location", &target)], b"")]).await;
        let folder = TempDir::new().unwrap();
        Downloader::new(true)
            .unwrap()
            .download(
                &Url::parse(&server.url("/a")).unwrap(),
                &folder.path().join("a"),
                None,
                &CancellationToken::new(),
            )
            .await
            .unwrap();
        for request in [server.received(), elsewhere.received()].concat() {
            for name in AUTH
                .into_iter()
                .chain(["referer", "authorization", "cookie"])
            {
                assert_eq!(request.header(name), None, "{status} {name}");
            }
        }
        assert_eq!((server.count(), elsewhere.count()), (1, 1), "{status}");
    }
}
