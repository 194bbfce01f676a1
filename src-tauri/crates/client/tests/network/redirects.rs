//! T11: no redirect hands the account over, whatever was asked and wherever it leads.

use std::path::Path;

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use url::Url;
use wiro_client::auth::Credentials;
use wiro_client::client::Client;
use wiro_client::download::Downloader;
use wiro_client::endpoints::Endpoints;
use wiro_client::error::{Error, ErrorKind};
use wiro_client::forms::RunBody;
use wiro_client::runs::RunFailure;
use wiro_client::tasks::{TaskQuery, TaskRef};

use crate::proxy_server::{tls_front, trusting};
use crate::server::{KEY, SECRET, Server, answer};

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];
const AUTH: [&str; 3] = ["x-api-key", "x-nonce", "x-signature"];

/// All calls that carry credentials.
const CALLS: [&str; 7] = [
    "a read",
    "a run",
    "an upload",
    "a folder",
    "a cancel",
    "a kill",
    "a stop",
];

async fn ask(client: &Client, what: &str, path: &Path) -> Error {
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

/// Asks for everything and is told to go to `target`, which must never see anybody.
async fn stays(client: &Client, server: &Server, target: &str, status: u16) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.png");
    fs_err::write(&path, b"12345").unwrap();
    for (calls, what) in (1..).zip(CALLS) {
        let error = ask(client, what, &path).await;
        assert_eq!(
            (error.kind(), error.http_status()),
            (&ErrorKind::Redirect, Some(status)),
            "{what} {status} {target}"
        );
        assert!(error.message().contains("redirect"), "{error}");
        assert_eq!(server.count(), calls, "{what} {status} {target}");
    }
}

#[tokio::test]
async fn t11_no_call_follows_a_redirect_to_another_host_or_port() {
    for status in STATUSES {
        let elsewhere = Server::start(vec![answer(200, &[], b"{}")]).await;
        let by_port = elsewhere.url("/stolen");
        for target in [by_port.replace("127.0.0.1", "localhost"), by_port] {
            let server = Server::start(vec![answer(status, &[("location", &target)], b"")]).await;
            stays(&server.client(), &server, &target, status).await;
        }
        assert_eq!(elsewhere.count(), 0, "{status}");
    }
}

/// What is trusted can be given by the environment on this system only.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn t11_no_call_follows_a_redirect_from_a_safe_address_to_an_unsafe_one() {
    let name = "redirects::t11_no_call_follows_a_redirect_from_a_safe_address_to_an_unsafe_one";
    let Some(folder) = trusting(name, &[]).await else {
        return;
    };
    for status in STATUSES {
        let unsafe_one = Server::start(vec![answer(200, &[], b"{}")]).await;
        let target = unsafe_one.url("/v1/stolen");
        let server = Server::start(vec![answer(status, &[("location", &target)], b"")]).await;
        let plain = server.endpoints().api().port().unwrap();
        let safe = tls_front(Path::new(&folder), plain).await;
        let api = format!("https://localhost:{safe}/v1");
        let endpoints = Endpoints::parse(&api, "ws://127.0.0.1:9/v1").unwrap();
        let credentials = Credentials::new(KEY.to_owned(), Some(SECRET.to_owned()));
        let client = Client::new(endpoints, Some(credentials)).unwrap();
        stays(&client, &server, &target, status).await;
        assert_eq!(unsafe_one.count(), 0, "{status}");
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
