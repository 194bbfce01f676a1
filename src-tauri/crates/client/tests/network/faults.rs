//! Faults that a read meets: told in words, waited out or not, and never taken for an answer.

use std::time::Duration;

use wiro_client::client::{Client, RetryPolicy};
use wiro_client::endpoints::Endpoints;
use wiro_client::error::ErrorKind;
use wiro_client::models::ModelQuery;
use wiro_client::proxy::Proxy;
use wiro_client::socket::{SocketConfig, SocketEvent, TaskSocket};
use wiro_client::tasks::TaskQuery;

use crate::server::{Server, answer, json, refused};

/// F07: a date in an hour is as much too long as a huge number, one in the past is no wait.
#[tokio::test]
async fn f07_dates_and_huge_waits_are_understood_and_bare_refusals_are_spread() {
    let later = httpdate(Duration::from_hours(1));
    for (header, tries) in [
        (Some(later.as_str()), 1),
        (Some("18446744073709551615"), 1),
        (Some("99999999999999999999999"), 5),
        (Some("Thu, 01 Jan 1970 00:00:00 GMT"), 5),
        (Some("-1"), 5),
        (Some("soon"), 5),
        (None, 5),
    ] {
        let headers: Vec<_> = header
            .map(|wait| ("retry-after", wait))
            .into_iter()
            .collect();
        let server = Server::start(vec![answer(429, &headers, b"")]).await;
        let error = server.client().tasks(&TaskQuery::default()).await;
        let error = error.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::RateLimited { .. }),
            "{header:?}: {error:?}"
        );
        assert_eq!(server.count(), tries, "{header:?}");
    }
}

fn httpdate(from_now: Duration) -> String {
    httpdate::fmt_http_date(std::time::SystemTime::now() + from_now)
}

/// F01: what fails is told in words, for calls and for the socket.
#[tokio::test]
async fn f01_name_connection_and_tls_are_told_apart() {
    let folder = crate::proxy_server::identity();
    let plain = Server::start(vec![json(200, r#"{"result":true,"tool":[]}"#)]).await;
    let plain_port = plain.endpoints().api().port().unwrap();
    let untrusted = crate::proxy_server::tls_front(folder.path(), plain_port).await;
    let not_tls = crate::proxies::answering(b"220 mail.example ESMTP\r\n").await;
    let nobody = refused().await.api().port().unwrap();
    for (host, words) in [
        (
            "no-such-host.invalid".to_owned(),
            "the name could not be looked up",
        ),
        (format!("localhost:{nobody}"), "the connection was refused"),
        (
            format!("localhost:{untrusted}"),
            "there is no safe connection",
        ),
        (
            format!("localhost:{not_tls}"),
            "there is no safe connection",
        ),
    ] {
        let (api, socket) = (format!("https://{host}/v1"), format!("wss://{host}/v1"));
        let endpoints = Endpoints::parse(&api, &socket).unwrap();
        let client = Client::builder(endpoints.clone(), None)
            .proxy(Proxy::None)
            .retry(RetryPolicy::never())
            .build()
            .unwrap();
        let error = client.models(&ModelQuery::default()).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Network, "{host}");
        assert!(error.message().contains(words), "{host}: {error}");
        let config = SocketConfig {
            proxy: Proxy::None,
            ..SocketConfig::default()
        };
        let (_socket, mut events) = TaskSocket::open(&endpoints, config);
        match events.recv().await.unwrap() {
            SocketEvent::Disconnected { reason } => {
                assert!(reason.contains(words), "{host}: {reason}");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// F20: strange spellings are read, and what cannot be is an error that says what is missing.
#[tokio::test]
async fn f20_odd_answers_are_read_or_named() {
    let reads = [
        "\u{feff}{\"result\":true,\"total\":\"1\",\"tasklist\":[{\"id\":5,\"pexit\":0}]}",
        r#"{"result":"true","data":{"tasklist":[{"taskid":"5","pexit":"0","starttime":null}]}}"#,
        r#"{"result":false,"result":true,"tasklist":[],"tasklist":[{"id":"5","pexit":"0"}]}"#,
        r#"{"result":1,"errors":"","total":"","tasklist":[null,{"id":"5","pexit":"0","outputs":"","new":{}}]}"#,
    ];
    for text in reads {
        let server = Server::start(vec![json(200, text)]).await;
        let page = server.client().tasks(&TaskQuery::default()).await.unwrap();
        let task = &page.tasks[0];
        assert_eq!(
            (task.id.as_deref(), task.pexit.as_deref()),
            (Some("5"), Some("0")),
            "{text}"
        );
    }
    for (text, words) in [
        (r#"{"result":true,"total":1e400,"tasklist":[]}"#, "not JSON"),
        (r#"{"result":true,"tasklist":"none"}"#, "`tasklist`"),
        (r#"{"result":true}"#, "`tasklist`"),
        (r#"{"tasklist":[]}"#, "`result`"),
        ("[]", "not a JSON object"),
    ] {
        let server = Server::start(vec![json(200, text)]).await;
        let error = server.client().tasks(&TaskQuery::default()).await;
        let error = error.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Protocol, "{text}");
        assert!(error.message().contains(words), "{text}: {error}");
    }
}
