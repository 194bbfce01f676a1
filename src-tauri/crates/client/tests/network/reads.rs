//! Reads: what is sent, what is understood, what is repeated.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use wiro_client::auth::Credentials;
use wiro_client::client::{Client, RetryPolicy};
use wiro_client::endpoints::Endpoints;
use wiro_client::error::ErrorKind;
use wiro_client::models::ModelQuery;
use wiro_client::secret::Secret;
use wiro_client::tasks::{TaskQuery, TaskRef};

use crate::server::{KEY, Reply, SECRET, Server, answer, json, raw, refused};

const EMPTY_LIST: &str = r#"{"result":true,"errors":[],"total":"0","tasklist":[]}"#;
const NO_MODELS: &str = r#"{"result":true,"errors":[],"total":0,"tool":[]}"#;

#[tokio::test]
async fn calls_are_signed_posts_with_a_fresh_nonce() {
    let server = Server::start(vec![json(200, EMPTY_LIST)]).await;
    let client = server.client();
    for _ in 0..3 {
        client
            .tasks(&TaskQuery {
                model: Some("flux".to_owned()),
                start: 20,
                limit: 5,
            })
            .await
            .unwrap();
    }
    let received = server.received();
    let nonces: HashSet<_> = received
        .iter()
        .map(|request| request.header("x-nonce").unwrap().to_owned())
        .collect();
    assert_eq!(nonces.len(), 3);
    for request in received {
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("POST", "/v1/Task/List")
        );
        assert_eq!(request.header("x-api-key"), Some(KEY));
        assert_eq!(request.header("x-signature").unwrap().len(), 64);
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(request.header("referer"), None);
        assert_eq!(request.header("authorization"), None);
        let expected: serde_json::Value = serde_json::from_str(include_str!(
            "../../../../../tests/fixtures/payloads/task.list.request.01.json"
        ))
        .unwrap();
        assert_eq!(request.json(), expected);
    }
}

#[tokio::test]
async fn key_only_projects_do_not_sign_and_the_catalogue_needs_no_key() {
    let server = Server::start(vec![json(200, NO_MODELS)]).await;
    let key_only = Client::new(
        server.endpoints(),
        Some(Credentials::new(KEY.to_owned(), None)),
    )
    .unwrap();
    let nobody = Client::new(server.endpoints(), None).unwrap();
    for client in [&key_only, &nobody] {
        assert_eq!(
            client.models(&ModelQuery::default()).await.unwrap().total,
            0
        );
    }
    let received = server.received();
    assert_eq!(received[0].header("x-api-key"), Some(KEY));
    assert_eq!(received[1].header("x-api-key"), None);
    for request in received {
        assert_eq!(request.path, "/v1/Tool/List");
        assert_eq!(
            (request.header("x-nonce"), request.header("x-signature")),
            (None, None)
        );
    }
    assert_eq!(
        *nobody
            .tasks(&TaskQuery::default())
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Auth
    );
    assert_eq!(
        *nobody.task(&TaskRef::id("1")).await.unwrap_err().kind(),
        ErrorKind::Auth
    );
    assert_eq!(server.count(), 2);
}

/// T11: a redirect would hand the account to another host.
#[tokio::test]
async fn t11_redirects_are_errors_and_nothing_reaches_the_other_host() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Server::start(vec![json(200, EMPTY_LIST)]).await;
        let target = elsewhere.url("/v1/Task/List");
        let server = Server::start(vec![answer(status, &[("location", &target)], b"")]).await;
        let error = server
            .client()
            .tasks(&TaskQuery::default())
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.http_status()),
            (&ErrorKind::Redirect, Some(status))
        );
        assert_eq!((server.count(), elsewhere.count()), (1, 0), "{status}");
    }
}

#[tokio::test]
async fn f09_passing_faults_are_repeated_five_times_at_most() {
    let html = b"<html><h1>Bad Gateway</h1></html>";
    let faults = [
        answer(500, &[], b""),
        answer(502, &[("content-type", "text/html")], html),
        answer(503, &[], b""),
        answer(504, &[], b""),
        answer(429, &[], b""),
        answer(408, &[], b""),
        Reply::Close,
        raw(200, &[("content-length", "100")], b"{\"result\":true,"),
        raw(200, &[("transfer-encoding", "chunked")], b"5\r\n{\"res"),
        raw(200, &[], br#"{"result":true,"tasklist":[{"#),
    ];
    for fault in faults {
        let server = Server::start(vec![fault.clone(), fault.clone(), json(200, EMPTY_LIST)]).await;
        assert_eq!(
            server
                .client()
                .tasks(&TaskQuery::default())
                .await
                .unwrap()
                .total,
            0
        );
        assert_eq!(server.count(), 3);

        let server = Server::start(vec![fault]).await;
        let error = server
            .client()
            .tasks(&TaskQuery::default())
            .await
            .unwrap_err();
        assert!(error.is_retryable_read(), "{error:?}");
        assert!(!error.message().contains('<'), "{error:?}");
        assert_eq!(server.count(), 5);
    }
}

#[tokio::test]
async fn f17_lasting_refusals_are_not_repeated() {
    let cases = [
        (
            json(
                401,
                r#"{"result":false,"errors":[{"code":0,"message":"Project authorization is not valid."}]}"#,
            ),
            ErrorKind::Auth,
        ),
        (
            json(
                200,
                r#"{"result":false,"errors":[{"code":99,"message":"x"}]}"#,
            ),
            ErrorKind::Auth,
        ),
        (
            json(
                404,
                r#"{"result":false,"errors":[{"code":0,"message":"Error parsing url."}]}"#,
            ),
            ErrorKind::NotFound,
        ),
        (json(200, r#"{"errors":[]}"#), ErrorKind::Protocol),
        (json(200, "{}"), ErrorKind::Protocol),
        (json(200, r#"{"result":true}"#), ErrorKind::Protocol),
        (
            answer(200, &[], b"<html>portal</html>"),
            ErrorKind::Protocol,
        ),
        (answer(400, &[], b""), ErrorKind::Validation { field: None }),
    ];
    for (reply, expected) in cases {
        let server = Server::start(vec![reply]).await;
        let error = server
            .client()
            .tasks(&TaskQuery::default())
            .await
            .unwrap_err();
        assert_eq!(*error.kind(), expected, "{error:?}");
        assert!(!error.message().contains('<'));
        assert_eq!(server.count(), 1, "{error:?}");
    }
}

#[tokio::test]
async fn f07_a_wait_that_was_asked_for_is_honoured_up_to_two_minutes() {
    let waited = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&waited);
    let policy = RetryPolicy::default().with_wait(move |pause| {
        log.lock().unwrap().push(pause);
        Box::pin(std::future::ready(()))
    });
    let asks = |seconds: &str| answer(429, &[("retry-after", seconds)], b"");
    let replies = vec![
        asks("7"),
        asks("120"),
        asks("-5"),
        asks("121"),
        json(200, EMPTY_LIST),
    ];
    let server = Server::start(replies).await;
    let client = server.builder().retry(policy).build().unwrap();
    let error = client.tasks(&TaskQuery::default()).await.unwrap_err();
    assert_eq!(
        *error.kind(),
        ErrorKind::RateLimited {
            retry_after: Some(Duration::from_secs(121))
        }
    );
    assert_eq!(server.count(), 4);
    let waited = waited.lock().unwrap().clone();
    assert_eq!(
        waited[..2],
        [Duration::from_secs(7), Duration::from_mins(2)]
    );
    assert!(
        waited[2] <= Duration::from_secs(2),
        "a negative wait is none: {waited:?}"
    );
}

#[tokio::test]
async fn f01_a_refused_connection_is_named_and_repeated() {
    let tries = Arc::new(Mutex::new(0));
    let count = Arc::clone(&tries);
    let policy = RetryPolicy::default().with_wait(move |_| {
        *count.lock().unwrap() += 1;
        Box::pin(std::future::ready(()))
    });
    let client = Client::builder(refused().await, None)
        .retry(policy)
        .build()
        .unwrap();
    let error = client.models(&ModelQuery::default()).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Network);
    assert!(
        error
            .message()
            .starts_with("could not connect to 127.0.0.1"),
        "{error}"
    );
    assert_eq!(*tries.lock().unwrap(), 4);
}

#[tokio::test]
async fn f18_silence_ends() {
    let server = Server::start(vec![Reply::Stall(Vec::new())]).await;
    let client = server
        .builder()
        .retry(RetryPolicy::never())
        .timeouts(wiro_client::client::Timeouts {
            idle: Duration::from_millis(100),
            ..Default::default()
        })
        .build()
        .unwrap();
    let error = client.tasks(&TaskQuery::default()).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Timeout, "{error:?}");
}

#[tokio::test]
async fn a_task_is_found_missing_or_unknown() {
    let found =
        r#"{"result":true,"errors":[],"total":"1","tasklist":[{"id":"5","status":"task_start"}]}"#;
    let server = Server::start(vec![json(200, found)]).await;
    let both = TaskRef {
        id: Some("5".to_owned()),
        token: Some(Secret::new("token-canary".to_owned())),
    };
    let task = server.client().task(&both).await.unwrap().unwrap();
    assert_eq!(
        (task.id.as_deref(), task.status.as_str()),
        (Some("5"), "task_start")
    );
    let request = &server.received()[0];
    assert_eq!(request.path, "/v1/Task/Detail");
    assert_eq!(
        request.json(),
        serde_json::json!({"taskid": "5", "tasktoken": "token-canary"})
    );

    for text in [
        EMPTY_LIST,
        r#"{"result":false,"errors":[{"code":1,"message":"There is no task yet."}]}"#,
    ] {
        let server = Server::start(vec![json(200, text)]).await;
        assert_eq!(server.client().task(&both).await.unwrap(), None, "{text}");
    }
    // An answer without a list is not the same as "there is no such task".
    for reply in [
        json(200, r#"{"result":true}"#),
        json(404, r#"{"result":true}"#),
        // Nor is an address that the service does not know.
        json(
            404,
            r#"{"result":false,"errors":[{"code":0,"message":"Error parsing url."}]}"#,
        ),
        json(
            401,
            r#"{"result":false,"errors":[{"code":0,"message":"There is no task yet."}]}"#,
        ),
    ] {
        let server = Server::start(vec![reply]).await;
        assert!(server.client().task(&both).await.is_err());
    }
    let nameless = server.client().task(&TaskRef::default()).await.unwrap_err();
    assert_eq!(*nameless.kind(), ErrorKind::Local);
}

#[tokio::test]
async fn a_missing_model_is_not_found_however_it_is_said() {
    let slug = "wiro/flux-2-dev".parse().unwrap();
    for text in [
        NO_MODELS,
        r#"{"result":true,"errors":[]}"#,
        r#"{"result":true,"tool":[null]}"#,
        r#"{"result":false,"errors":[]}"#,
        r#"{"result":false,"errors":[{"code":0,"message":"who knows"}]}"#,
        r#"{"result":false,"errors":[{"code":1,"message":"slug-owner-project-not-exist"}]}"#,
    ] {
        let server = Server::start(vec![json(200, text)]).await;
        let error = server.client().model(&slug).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::NotFound, "{text}");
        assert_eq!(
            server.received()[0].json(),
            serde_json::json!({"slugowner": "wiro", "slugproject": "flux-2-dev"})
        );
    }
    let server = Server::start(vec![json(
        200,
        r#"{"result":false,"errors":[{"code":99,"message":"x"}]}"#,
    )])
    .await;
    assert_eq!(
        *server.client().model(&slug).await.unwrap_err().kind(),
        ErrorKind::Auth
    );
}

#[tokio::test]
async fn what_the_service_quotes_is_scrubbed() {
    let text = format!(
        r#"{{"result":false,"errors":[{{"code":0,"message":"bad key {KEY} with {SECRET} for token-canary"}}]}}"#
    );
    let server = Server::start(vec![json(401, &text)]).await;
    let token = Secret::new("token-canary".to_owned());
    let error = server
        .client()
        .task(&TaskRef::token(token))
        .await
        .unwrap_err();
    assert_eq!(error.message(), "bad key *** with *** for ***");
}

/// Set in the process that has a proxy.
const BEHIND_PROXY: &str = "WIRO_CLIENT_TEST_API";

/// A proxy that nobody serves: whoever uses it fails. Settings of a process can only be given to a new one.
#[tokio::test]
async fn a_local_api_is_called_directly_whatever_the_socket() {
    let name = "reads::a_local_api_is_called_directly_whatever_the_socket";
    if let Ok(api) = std::env::var(BEHIND_PROXY) {
        let endpoints = Endpoints::parse(&api, "wss://socket.wiro.ai/v1").unwrap();
        let client = Client::new(endpoints, None).unwrap();
        client.models(&ModelQuery::default()).await.unwrap();
        return;
    }
    let server = Server::start(vec![json(200, NO_MODELS)]).await;
    let child = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env(BEHIND_PROXY, server.url("/v1"))
        .env("http_proxy", "http://127.0.0.1:1")
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .output()
        .await
        .unwrap();
    assert!(child.status.success(), "{child:?}");
    assert_eq!(server.count(), 1);
}
