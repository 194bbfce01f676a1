//! Starting a run: sent at most once, and every failure says what is known.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use wiro_client::auth::Credentials;
use wiro_client::client::Client;
use wiro_client::endpoints::Endpoints;
use wiro_client::error::ErrorKind;
use wiro_client::forms::RunBody;
use wiro_client::runs::{RunAccepted, RunFailure};
use wiro_client::socket::{SocketConfig, SocketEvent, TaskSocket};

use crate::server::{KEY, Reply, SECRET, Server, answer, json as answer_json, raw, refused};

const ACCEPTED: &str =
    r#"{"result":true,"errors":[],"taskid":"2221","socketaccesstoken":"token-canary"}"#;

fn body() -> RunBody {
    RunBody::Json(
        json!({"prompt": "Grüße", "width": 1024})
            .as_object()
            .unwrap()
            .clone(),
    )
}

async fn run(client: &Client) -> Result<RunAccepted, RunFailure> {
    client
        .run(&"wiro/flux-2-dev".parse().unwrap(), &body(), None)
        .await
}

#[derive(Debug, PartialEq, Clone, Copy)]
enum Known {
    NotSent,
    Refused,
    Unknown,
}

fn known(failure: &RunFailure) -> Known {
    match failure {
        RunFailure::NotSent(_) => Known::NotSent,
        RunFailure::Refused(_) => Known::Refused,
        RunFailure::Unknown(_) => Known::Unknown,
    }
}

async fn check(reply: Reply, expected: Known, kind: ErrorKind) {
    let client_of = |server: &Server| match &reply {
        Reply::Stall(_) => server.impatient(Duration::from_millis(200)),
        _ => server.client(),
    };
    let server = Server::start(vec![reply.clone(), answer_json(200, ACCEPTED)]).await;
    let failure = run(&client_of(&server)).await.unwrap_err();
    assert_eq!(
        (known(&failure), failure.error().kind()),
        (expected, &kind),
        "{failure:?}"
    );
    assert!(!failure.error().message().contains('<'), "{failure:?}");
    assert_eq!(server.count(), 1, "a run is sent once: {failure:?}");
}

#[tokio::test]
async fn a_run_is_one_signed_post_of_known_length() {
    let server = Server::start(vec![answer_json(200, ACCEPTED)]).await;
    let accepted = run(&server.client()).await.unwrap();
    assert_eq!(accepted.task_id.as_deref(), Some("2221"));
    assert_eq!(accepted.token.unwrap().expose(), "token-canary");
    let request = &server.received()[0];
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/v1/Run/wiro/flux-2-dev")
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("transfer-encoding"), None);
    assert_eq!(
        request.header("content-length"),
        Some(request.body.len().to_string().as_str())
    );
    assert_eq!(request.header("x-api-key"), Some(KEY));
    assert!(request.header("x-nonce").is_some() && request.header("x-signature").is_some());
    assert_eq!(request.json(), json!({"prompt": "Grüße", "width": 1024}));
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn f24_one_of_the_two_names_is_enough() {
    let cases = [
        (r#"{"result":true,"taskid":2221}"#, Some("2221"), None),
        (
            r#"{"result":true,"taskid":"","socketaccesstoken":"t"}"#,
            None,
            Some("t"),
        ),
        (
            r#"{"result":true,"tasktoken":"t","errors":null}"#,
            None,
            Some("t"),
        ),
        (
            "\u{feff}{\"result\":\"true\",\"data\":{\"taskid\":\"7\",\"socketaccesstoken\":\"t\"}}",
            Some("7"),
            Some("t"),
        ),
    ];
    for (text, id, token) in cases {
        let server = Server::start(vec![answer_json(200, text)]).await;
        let accepted = run(&server.client()).await.unwrap();
        assert_eq!(accepted.task_id.as_deref(), id, "{text}");
        assert_eq!(
            accepted.token.as_ref().map(|token| token.expose().as_str()),
            token,
            "{text}"
        );
    }
}

#[tokio::test]
async fn what_never_left_is_not_sent() {
    let credentials = Credentials::new(KEY.to_owned(), Some(SECRET.to_owned()));
    let client = Client::new(refused().await, Some(credentials)).unwrap();
    let failure = run(&client).await.unwrap_err();
    assert_eq!(
        (known(&failure), failure.error().kind()),
        (Known::NotSent, &ErrorKind::Network)
    );

    let nobody = Client::new(refused().await, None).unwrap();
    let failure = run(&nobody).await.unwrap_err();
    assert_eq!(
        (known(&failure), failure.error().kind()),
        (Known::NotSent, &ErrorKind::Auth)
    );
}

#[tokio::test]
async fn f12_refusals_are_believed() {
    let vague = ErrorKind::Validation { field: None };
    let says = |status, code: i64, message: &str| {
        let body = json!({"result": false, "errors": [{"code": code, "message": message}]});
        answer_json(status, &body.to_string())
    };
    let cases = [
        (says(200, 97, "Insufficient balance"), ErrorKind::Balance),
        (
            says(200, 98, "sign in to run this model"),
            ErrorKind::SignIn,
        ),
        (
            says(200, 96, "x"),
            ErrorKind::Concurrency {
                balance: None,
                limit: None,
            },
        ),
        (says(200, 1, "tool-not-accessible"), ErrorKind::NotFound),
        (
            says(200, 0, "Request parameter [seed] required"),
            ErrorKind::Validation {
                field: Some("seed".to_owned()),
            },
        ),
        (
            says(200, 0, "Request parameters are invalid."),
            vague.clone(),
        ),
        (
            says(200, 0, "You don't have any permission for this action."),
            ErrorKind::Permission,
        ),
        (says(200, 4711, "something new"), ErrorKind::Service),
        (says(500, 97, "Insufficient balance"), ErrorKind::Balance),
        (
            answer_json(200, r#"{"result":false,"errors":[]}"#),
            ErrorKind::Protocol,
        ),
        (
            says(401, 0, "Project authorization is not valid."),
            ErrorKind::Auth,
        ),
        (answer(401, &[], b"<html>"), ErrorKind::Auth),
        (answer(403, &[], b""), ErrorKind::Auth),
        (answer(404, &[], b""), ErrorKind::NotFound),
        (answer(400, &[], b""), vague.clone()),
        (answer(413, &[], b""), vague),
        (
            answer(302, &[("location", "https://example.com/")], b""),
            ErrorKind::Redirect,
        ),
        (
            answer(307, &[("location", "/v1/Run/wiro/flux-2-dev")], b""),
            ErrorKind::Redirect,
        ),
        (
            answer(429, &[("retry-after", "9")], b""),
            ErrorKind::RateLimited {
                retry_after: Some(Duration::from_secs(9)),
            },
        ),
        (
            raw(401, &[("content-length", "100")], b"{"),
            ErrorKind::Auth,
        ),
    ];
    for (reply, kind) in cases {
        check(reply, Known::Refused, kind).await;
    }
}

#[tokio::test]
async fn f25_everything_after_the_last_byte_is_unknown() {
    let cases = [
        (Reply::Close, ErrorKind::Network),
        (Reply::Stall(Vec::new()), ErrorKind::Timeout),
        (answer(500, &[], b""), ErrorKind::Service),
        (
            answer(
                502,
                &[("content-type", "text/html")],
                b"<html>Bad Gateway</html>",
            ),
            ErrorKind::Service,
        ),
        (
            answer(503, &[("retry-after", "1")], b""),
            ErrorKind::Service,
        ),
        (
            answer_json(
                500,
                r#"{"result":false,"errors":[{"code":0,"message":"oops"}]}"#,
            ),
            ErrorKind::Service,
        ),
        (answer(504, &[], b""), ErrorKind::Service),
        (answer(408, &[], b""), ErrorKind::Timeout),
        (answer(200, &[], b""), ErrorKind::Protocol),
        (
            answer(200, &[], b"<html>portal</html>"),
            ErrorKind::Protocol,
        ),
        (
            answer_json(200, r#"{"result":true,"errors":[]}"#),
            ErrorKind::Protocol,
        ),
        (answer_json(200, r#"{"taskid":"5"}"#), ErrorKind::Protocol),
        (
            answer_json(200, r#"{"result":true,"task"#),
            ErrorKind::Protocol,
        ),
        (
            raw(
                200,
                &[("content-length", "100")],
                br#"{"result":true,"task"#,
            ),
            ErrorKind::Network,
        ),
        (
            raw(500, &[("content-length", "100")], b"{"),
            ErrorKind::Service,
        ),
    ];
    for (reply, kind) in cases {
        check(reply, Known::Unknown, kind).await;
    }
}

#[tokio::test]
async fn f18_an_answer_that_stops_half_way_is_unknown() {
    let Reply::Raw(half) = raw(200, &[("content-length", "100")], br#"{"result":true,"#) else {
        panic!()
    };
    let server = Server::start(vec![Reply::Stall(half)]).await;
    let failure = run(&server.impatient(Duration::from_millis(100)))
        .await
        .unwrap_err();
    assert_eq!(
        (known(&failure), failure.error().kind()),
        (Known::Unknown, &ErrorKind::Timeout)
    );
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_message_that_quotes_the_key_is_scrubbed() {
    let text = json!({"result": false, "errors": [{"code": 0, "message": format!("{KEY}/{SECRET} is wrong")}]});
    let server = Server::start(vec![answer_json(200, &text.to_string())]).await;
    let failure = run(&server.client()).await.unwrap_err();
    assert_eq!(failure.error().message(), "***/*** is wrong");
    assert!(!format!("{failure:?} {failure}").contains(KEY));
}

#[tokio::test]
async fn a_hundred_runs_at_once_are_a_hundred_posts() {
    let server = Server::start(vec![answer_json(200, ACCEPTED)]).await;
    let client = server.client();
    let runs = (0..100).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { run(&client).await.is_ok() })
    });
    for done in runs.collect::<Vec<_>>() {
        assert!(done.await.unwrap());
    }
    let received = server.received();
    let nonces: std::collections::HashSet<_> = received
        .iter()
        .map(|request| request.header("x-nonce"))
        .collect();
    assert_eq!((received.len(), nonces.len()), (100, 100));
    assert!(received.iter().all(|request| request.json() != Value::Null));
}

/// Also proves that TLS is set up at all: without exactly one provider of cryptography it would panic.
#[tokio::test]
async fn f01_tls_that_fails_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"this is not TLS at all").await;
        }
    });
    let (api, socket) = (
        format!("https://127.0.0.1:{port}/v1"),
        format!("wss://127.0.0.1:{port}/v1"),
    );
    let endpoints = Endpoints::parse(&api, &socket).unwrap();
    let credentials = Credentials::new(KEY.to_owned(), Some(SECRET.to_owned()));
    let client = Client::new(endpoints.clone(), Some(credentials)).unwrap();
    let failure = run(&client).await.unwrap_err();
    assert_eq!(
        (known(&failure), failure.error().kind()),
        (Known::NotSent, &ErrorKind::Network)
    );

    let (_socket, mut events) = TaskSocket::open(&endpoints, SocketConfig::default());
    match events.recv().await.unwrap() {
        SocketEvent::Disconnected { reason } => assert_ne!(reason, "no answer in time"),
        other => panic!("{other:?}"),
    }
}
