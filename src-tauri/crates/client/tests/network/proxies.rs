//! Proxies: everything goes through them, nothing else sees the login, and one that stands in the way is named.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;
use wiro_client::auth::Credentials;
use wiro_client::client::{Client, RetryPolicy};
use wiro_client::download::{DownloadErrorKind, Downloader};
use wiro_client::endpoints::Endpoints;
use wiro_client::error::{Error, ErrorKind};
use wiro_client::forms::RunBody;
use wiro_client::models::ModelQuery;
use wiro_client::proxy::{Proxy, ProxyAddress};
use wiro_client::runs::RunFailure;
use wiro_client::secret::Secret;
use wiro_client::socket::{SocketConfig, SocketEvent, TaskSocket};

use crate::proxy_server::{
    ADDRESS, HOST, ProxyServer, identity, run_trusting, tls_front, trusting,
};
use crate::server::{KEY, SECRET, Server, answer, json};
use crate::sockets::Peer;

const NO_MODELS: &str = r#"{"result":true,"errors":[],"total":0,"tool":[]}"#;
const ACCEPTED: &str = r#"{"result":true,"errors":[],"taskid":"1","socketaccesstoken":"t"}"#;
const PASSWORD: &str = "canary-proxy-9d8c7b";

fn custom(text: &str) -> Proxy {
    Proxy::Custom(ProxyAddress::parse(text).unwrap())
}

fn endpoints(host: &str) -> Endpoints {
    Endpoints::parse(
        &format!("https://{host}/v1"),
        &format!("wss://{host}:8443/v1"),
    )
    .unwrap()
}

fn client(host: &str, proxy: &Proxy) -> Client {
    let credentials = Credentials::new(KEY.to_owned(), Some(SECRET.to_owned()));
    Client::builder(endpoints(host), Some(credentials))
        .retry(RetryPolicy::never())
        .proxy(proxy.clone())
        .build()
        .unwrap()
}

fn open(host: &str, proxy: &Proxy) -> (TaskSocket, tokio::sync::mpsc::Receiver<SocketEvent>) {
    let config = SocketConfig {
        proxy: proxy.clone(),
        ..SocketConfig::default()
    };
    TaskSocket::open(&endpoints(host), config)
}

async fn run(client: &Client) -> Result<(), RunFailure> {
    let body = RunBody::Json(serde_json::Map::new());
    let slug = "wiro/flux".parse().unwrap();
    client.run(&slug, &body, None).await.map(|_| ())
}

async fn first(events: &mut tokio::sync::mpsc::Receiver<SocketEvent>) -> SocketEvent {
    tokio::time::timeout(Duration::from_secs(20), events.recv())
        .await
        .unwrap()
        .unwrap()
}

/// The service behind TLS: calls and files on one port, the socket on another.
struct Service {
    api: Server,
    socket: Peer,
    ways: HashMap<String, u16>,
}

impl Service {
    async fn start(folder: &Path) -> Self {
        let replies = vec![
            json(200, NO_MODELS),
            json(200, ACCEPTED),
            answer(200, &[], b"12345"),
        ];
        let (api, socket) = (Server::start(replies).await, Peer::start().await);
        let api_front = tls_front(folder, port(&api.endpoints().api().clone())).await;
        let socket_front = tls_front(folder, port(socket.endpoints().socket())).await;
        let mut ways = HashMap::new();
        for host in [HOST, ADDRESS] {
            ways.insert(format!("{host}:443"), api_front);
            ways.insert(format!("{host}:8443"), socket_front);
        }
        Self { api, socket, ways }
    }

    /// Calls, runs, fetches and listens; all of it must work.
    async fn is_used(&self, host: &str, proxy: &Proxy) {
        let client = client(host, proxy);
        client.models(&ModelQuery::default()).await.unwrap();
        run(&client).await.unwrap();
        if host == HOST {
            let folder = TempDir::new().unwrap();
            let url = Url::parse(&format!("https://{host}/a.png")).unwrap();
            let done = Downloader::with_proxy(false, proxy)
                .unwrap()
                .download(
                    &url,
                    &folder.path().join("a"),
                    Some(5),
                    &CancellationToken::new(),
                )
                .await
                .unwrap();
            assert_eq!(done.bytes, 5, "{proxy:?}");
        }
        let (socket, mut events) = open(host, proxy);
        socket.follow(Secret::new("token".to_owned()));
        let mut connection = self.socket.accept().await;
        connection.expect_subscription("token").await;
        assert_eq!(
            first(&mut events).await,
            SocketEvent::Connected,
            "{proxy:?}"
        );
    }
}

fn port(url: &Url) -> u16 {
    url.port().unwrap()
}

/// What is trusted can be given by the environment on this system only.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn everything_goes_through_a_custom_proxy_of_any_kind() {
    let name = "proxies::everything_goes_through_a_custom_proxy_of_any_kind";
    // The environment has nothing to say when there is a choice.
    let elsewhere = [("HTTPS_PROXY", "http://127.0.0.1:1"), ("NO_PROXY", "*")];
    let Some(folder) = trusting(name, &elsewhere).await else {
        return;
    };
    let folder = Path::new(&folder);
    for (scheme, host, login) in [
        ("http", HOST, None),
        ("http", HOST, Some("us%40er:canary-proxy-9d8c7b")),
        ("https", HOST, Some("us%40er:canary-proxy-9d8c7b")),
        ("socks5h", HOST, None),
        ("socks5h", HOST, Some("us%40er:canary-proxy-9d8c7b")),
        ("socks5", ADDRESS, None),
        ("http", ADDRESS, None),
    ] {
        let service = Service::start(folder).await;
        let wanted = login.map(|_| "us@er:canary-proxy-9d8c7b");
        let proxy = ProxyServer::start(service.ways.clone(), wanted).await;
        let (at, port) = match scheme {
            "https" => ("localhost", tls_front(folder, proxy.port).await),
            _ => ("127.0.0.1", proxy.port),
        };
        let login = login.map_or_else(String::new, |login| format!("{login}@"));
        let address = format!("{scheme}://{login}{at}:{port}");
        service.is_used(host, &custom(&address)).await;
        let asked = proxy.asked();
        for port in [443, 8443] {
            let expected = format!("{host}:{port} {}", wanted.unwrap_or_default());
            assert!(asked.contains(&expected), "{address}: {asked:?}");
        }
        let seen = proxy.seen();
        assert!(!seen.contains(KEY) && !seen.contains("x-api-key"), "{seen}");
        let expected = if host == HOST { 3 } else { 2 };
        let received = service.api.received();
        assert_eq!(received.len(), expected, "{address}");
        for request in received {
            assert_eq!(request.header("proxy-authorization"), None, "{address}");
        }
    }
}

const CASE: &str = "WIRO_CLIENT_TEST_CASE";

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_systems_proxy_counts_everywhere_and_none_ignores_it() {
    let name = "proxies::the_systems_proxy_counts_everywhere_and_none_ignores_it";
    if let Ok(case) = std::env::var(CASE) {
        return inside(&case).await;
    }
    let folder = identity();
    for (case, no_proxy, tunnels) in [
        ("system", "", 2),
        ("none", "", 0),
        ("system-but-not-this-host", "service.test", 0),
    ] {
        let service = Service::start(folder.path()).await;
        let proxy = ProxyServer::start(service.ways.clone(), Some("me:canary-proxy-9d8c7b")).await;
        let address = format!("http://me:{PASSWORD}@127.0.0.1:{}", proxy.port);
        let settings = [
            ("HTTPS_PROXY", address.as_str()),
            ("NO_PROXY", no_proxy),
            (CASE, case),
        ];
        let accepting = async {
            if tunnels > 0 {
                let mut connection = service.socket.accept().await;
                connection.expect_subscription("token").await;
                // Held until the other process has seen it.
                connection.closed().await;
            }
        };
        tokio::join!(run_trusting(&folder, name, &settings), accepting);
        assert_eq!(proxy.asked().len(), tunnels, "{case}: {:?}", proxy.asked());
        assert_eq!(service.api.count(), tunnels / 2, "{case}");
    }
}

/// What the process does that has a proxy in its environment.
async fn inside(case: &str) {
    let proxy = match case {
        "none" => Proxy::None,
        _ => Proxy::System,
    };
    let called = client(HOST, &proxy).models(&ModelQuery::default()).await;
    let (socket, mut events) = open(HOST, &proxy);
    socket.follow(Secret::new("token".to_owned()));
    let event = first(&mut events).await;
    if case == "system" {
        called.unwrap();
        assert_eq!(event, SocketEvent::Connected);
        return;
    }
    let error = called.unwrap_err();
    assert!(
        error
            .message()
            .contains("service.test: the name could not be looked up"),
        "{error}"
    );
    assert!(!error.is_proxy_fault(), "{error:?}");
    match event {
        SocketEvent::Disconnected { reason } => {
            assert!(
                reason.contains("the name could not be looked up"),
                "{reason}"
            );
        }
        other => panic!("{other:?}"),
    }
}

/// A proxy that answers every connection with these bytes and closes.
pub(crate) async fn answering(bytes: &'static [u8]) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(bytes).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    port
}

#[tokio::test]
async fn a_proxy_that_stands_in_the_way_is_named_without_its_password() {
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let strict = ProxyServer::start(HashMap::new(), Some("somebody:else")).await;
    let lost = ProxyServer::start(HashMap::new(), None).await;
    let nonsense = answering(b"220 mail.example ESMTP\r\n").await;
    let silent = answering(b"").await;
    let cases = [
        ("http", nobody, "refused"),
        ("socks5h", nobody, "it cannot be reached"),
        ("http", strict.port, "it wants a user and a password"),
        ("socks5h", strict.port, "it wants a user and a password"),
        ("http", lost.port, "it refused"),
        ("http", nonsense, "does not answer like a proxy"),
        ("http", silent, "does not answer like a proxy"),
        ("socks5h", nonsense, "does not answer like a proxy"),
        ("socks5h", silent, "does not answer like a proxy"),
        // What it says itself.
        ("socks5h", lost.port, "SOCKS error"),
    ];
    for (scheme, port, words) in cases {
        let login = if port == lost.port {
            String::new()
        } else {
            format!("me:{PASSWORD}@")
        };
        let proxy = custom(&format!("{scheme}://{login}127.0.0.1:{port}"));
        let check = |text: &str| {
            let via = format!("{HOST} through the proxy 127.0.0.1:{port}");
            assert!(text.contains(&via), "{scheme} {words}: {text}");
            assert!(text.contains(words), "{scheme} {words}: {text}");
            assert!(!text.contains(PASSWORD), "{text}");
        };
        let client = client(HOST, &proxy);
        let check_call = |error: &Error| {
            assert_eq!(*error.kind(), ErrorKind::Network, "{error:?}");
            assert!(error.is_proxy_fault(), "{error:?}");
            assert!(!format!("{error:?}").contains(PASSWORD), "{error:?}");
            check(error.message());
        };
        check_call(&client.models(&ModelQuery::default()).await.unwrap_err());
        match run(&client).await.unwrap_err() {
            RunFailure::NotSent(error) => check_call(&error),
            other => panic!("{other:?}"),
        }
        let folder = TempDir::new().unwrap();
        let url = Url::parse(&format!("https://{HOST}/a.png")).unwrap();
        let error = Downloader::with_proxy(false, &proxy)
            .unwrap()
            .download(
                &url,
                &folder.path().join("a"),
                None,
                &CancellationToken::new(),
            )
            .await
            .unwrap_err();
        assert_eq!(error.kind(), DownloadErrorKind::Network, "{error:?}");
        check(error.message());
        let (_socket, mut events) = open(HOST, &proxy);
        match first(&mut events).await {
            SocketEvent::Disconnected { reason } => check(&reason),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn this_machine_is_called_directly_whatever_the_proxy() {
    let server = Server::start(vec![json(200, NO_MODELS)]).await;
    let peer = Peer::start().await;
    let proxy = custom("http://127.0.0.1:1");
    let client = server.builder().proxy(proxy.clone()).build().unwrap();
    client.models(&ModelQuery::default()).await.unwrap();
    let folder = TempDir::new().unwrap();
    let url = Url::parse(&server.url("/a")).unwrap();
    Downloader::with_proxy(true, &proxy)
        .unwrap()
        .download(
            &url,
            &folder.path().join("a"),
            None,
            &CancellationToken::new(),
        )
        .await
        .unwrap();
    let config = SocketConfig {
        proxy,
        ..SocketConfig::default()
    };
    let (_socket, mut events) = TaskSocket::open(&peer.endpoints(), config);
    let _connection = peer.accept().await;
    assert_eq!(first(&mut events).await, SocketEvent::Connected);
    assert_eq!(server.count(), 2);
}
