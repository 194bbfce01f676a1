//! The task socket against a peer that drops, stalls, floods and lies.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{WebSocketStream, accept_async};
use wiro_client::endpoints::Endpoints;
use wiro_client::secret::Secret;
use wiro_client::socket::{SocketConfig, SocketEvent, TaskEvent, TaskFrame, TaskSocket};

/// Longer than anything here takes; only a fault reaches it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The service's end of the socket.
pub(crate) struct Peer {
    listener: TcpListener,
}

pub(crate) struct Connection(pub(crate) WebSocketStream<TcpStream>);

impl Peer {
    pub(crate) async fn start() -> Self {
        Self {
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
        }
    }

    pub(crate) fn endpoints(&self) -> Endpoints {
        let port = self.listener.local_addr().unwrap().port();
        Endpoints::parse(
            "http://127.0.0.1:9/v1",
            &format!("ws://127.0.0.1:{port}/v1"),
        )
        .unwrap()
    }

    pub(crate) async fn accept(&self) -> Connection {
        let (stream, _) = timeout(PATIENCE, self.listener.accept())
            .await
            .unwrap()
            .unwrap();
        Connection(accept_async(stream).await.unwrap())
    }

    /// Takes a connection and drops it before it is a socket.
    pub(crate) async fn refuse(&self) {
        drop(
            timeout(PATIENCE, self.listener.accept())
                .await
                .unwrap()
                .unwrap(),
        );
    }
}

impl Connection {
    pub(crate) async fn send(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// The next text frame.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            let message = timeout(PATIENCE, self.0.next())
                .await
                .unwrap()
                .unwrap()
                .unwrap();
            if let Message::Text(text) = message {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    /// Comes back when the other end is gone.
    pub(crate) async fn closed(&mut self) {
        while let Some(Ok(_)) = timeout(PATIENCE, self.0.next()).await.unwrap() {}
    }

    pub(crate) async fn expect_subscription(&mut self, token: &str) {
        assert_eq!(
            self.next().await,
            json!({"type": "task_info", "tasktoken": token})
        );
    }

    async fn expect_subscriptions(&mut self, tokens: &[&str]) {
        let mut seen = Vec::new();
        for _ in tokens {
            let frame = self.next().await;
            assert_eq!(frame["type"], "task_info");
            seen.push(frame["tasktoken"].as_str().unwrap().to_owned());
        }
        seen.sort_unstable();
        assert_eq!(seen, tokens);
    }
}

/// As in use, but in a hurry to connect again.
pub(crate) fn quick() -> SocketConfig {
    let pause = Duration::from_millis(5);
    SocketConfig {
        first_pause: pause,
        longest_pause: pause,
        ..SocketConfig::default()
    }
}

pub(crate) fn token(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

pub(crate) async fn next(events: &mut Receiver<SocketEvent>) -> SocketEvent {
    timeout(PATIENCE, events.recv()).await.unwrap().unwrap()
}

async fn expect_reason(events: &mut Receiver<SocketEvent>, part: &str) {
    match next(events).await {
        SocketEvent::Disconnected { reason } => assert!(reason.contains(part), "{reason}"),
        other => panic!("{other:?}"),
    }
}

async fn next_frame(events: &mut Receiver<SocketEvent>) -> TaskFrame {
    match next(events).await {
        SocketEvent::Frame(frame) => frame,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn status(token: &str, kind: &str) -> String {
    json!({"type": kind, "id": "1", "tasktoken": token}).to_string()
}

#[tokio::test]
async fn it_connects_follows_and_subscribes_again_after_a_break() {
    let peer = Peer::start().await;
    let (socket, mut events) = TaskSocket::open(&peer.endpoints(), quick());
    socket.follow(token("a"));
    socket.follow(token("a"));
    let mut connection = peer.accept().await;
    connection.expect_subscription("a").await;
    connection
        .send(r#"{"type":"connected","version":"1.0"}"#)
        .await;
    assert_eq!(next(&mut events).await, SocketEvent::Connected);
    socket.follow(token("b"));
    connection.expect_subscription("b").await;
    connection.send(&status("b", "task_start")).await;
    let frame = next_frame(&mut events).await;
    assert_eq!(
        (frame.token, frame.task_id.as_deref()),
        (Some(token("b")), Some("1"))
    );

    drop(connection);
    expect_reason(&mut events, "").await;
    let mut connection = peer.accept().await;
    connection.expect_subscriptions(&["a", "b"]).await;
    // Connected is told only when the subscriptions were sent.
    assert_eq!(next(&mut events).await, SocketEvent::Connected);

    socket.unfollow("a");
    connection.0.close(None).await.unwrap();
    expect_reason(&mut events, "closed").await;
    let mut connection = peer.accept().await;
    connection.expect_subscriptions(&["b"]).await;
    assert_eq!(socket.followed(), 1);
}

#[tokio::test]
async fn frames_go_to_whom_they_name_and_are_never_guessed() {
    let peer = Peer::start().await;
    let (socket, mut events) = TaskSocket::open(&peer.endpoints(), quick());
    let mut connection = peer.accept().await;
    assert_eq!(next(&mut events).await, SocketEvent::Connected);
    let bare = json!({"type": "task_output", "message": "line"}).to_string();

    socket.follow(token("a"));
    connection.expect_subscription("a").await;
    connection.send(&bare).await;
    assert_eq!(
        next_frame(&mut events).await.token,
        None,
        "not even to the only task there is"
    );

    socket.follow(token("b"));
    connection.expect_subscription("b").await;
    connection.send(&bare).await;
    assert_eq!(next_frame(&mut events).await.token, None, "one of two");

    for foreign in [
        status("c", "task_start"),
        status("A", "task_start"),
        status("ab", "task_start"),
        "not json".to_owned(),
        "[]".to_owned(),
        json!({"type": "agent_output", "agenttoken": "a"}).to_string(),
    ] {
        connection.send(&foreign).await;
    }
    connection
        .0
        .send(Message::Binary(Bytes::from_static(b"a|pcm")))
        .await
        .unwrap();
    connection.send(&status("a", "task_end")).await;
    let frame = next_frame(&mut events).await;
    assert_eq!(frame.token, Some(token("a")));
    assert!(matches!(frame.event, TaskEvent::Status(status) if status.as_str() == "task_end"));
    assert_eq!(socket.dropped(), 6);
}

#[tokio::test]
async fn a_refused_socket_backs_off_and_comes_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let endpoints = Endpoints::parse(
        "http://127.0.0.1:9/v1",
        &format!("ws://127.0.0.1:{port}/v1"),
    )
    .unwrap();
    drop(listener);
    let (_socket, mut events) = TaskSocket::open(&endpoints, quick());
    for _ in 0..3 {
        expect_reason(&mut events, "refused").await;
    }
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let (stream, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    let _connection = accept_async(stream).await.unwrap();
    while next(&mut events).await != SocketEvent::Connected {}
}

#[tokio::test]
async fn pauses_double_up_to_the_longest() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let endpoints = Endpoints::parse(
        "http://127.0.0.1:9/v1",
        &format!("ws://127.0.0.1:{port}/v1"),
    )
    .unwrap();
    drop(listener);
    let config = SocketConfig {
        first_pause: Duration::from_millis(40),
        longest_pause: Duration::from_millis(160),
        ..SocketConfig::default()
    };
    let (_socket, mut events) = TaskSocket::open(&endpoints, config);
    next(&mut events).await;
    // The shortest pauses possible: halves of 40, 80, 160 and 160 ms.
    for at_least_ms in [20, 40, 80, 80] {
        let begun = Instant::now();
        next(&mut events).await;
        assert!(
            begun.elapsed() >= Duration::from_millis(at_least_ms),
            "{at_least_ms}"
        );
    }
}

#[tokio::test]
async fn a_handshake_that_is_refused_or_redirected_is_told_without_its_body() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let endpoints = Endpoints::parse(
        "http://127.0.0.1:9/v1",
        &format!("ws://127.0.0.1:{port}/v1"),
    )
    .unwrap();
    let (_socket, mut events) = TaskSocket::open(&endpoints, quick());
    for status in [302, 401, 503] {
        let (mut stream, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
        let answer = format!(
            "HTTP/1.1 {status} X\r\nlocation: ws://127.0.0.1:9/\r\ncontent-length: 6\r\n\r\n<html>"
        );
        let mut request = [0; 1024];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        stream.write_all(answer.as_bytes()).await.unwrap();
        expect_reason(
            &mut events,
            &format!("the service refused the socket (HTTP {status})"),
        )
        .await;
    }
}

#[tokio::test]
async fn a_socket_that_falls_silent_is_dead() {
    let peer = Peer::start().await;
    let watchdog = Duration::from_millis(150);
    let config = SocketConfig {
        watchdog,
        ping_every: Duration::from_hours(1),
        ..quick()
    };
    let (_socket, mut events) = TaskSocket::open(&peer.endpoints(), config);
    // Held open and never written to.
    let _silent = peer.accept().await;
    assert_eq!(next(&mut events).await, SocketEvent::Connected);
    let begun = Instant::now();
    expect_reason(&mut events, "nothing was heard").await;
    assert!(begun.elapsed() >= Duration::from_millis(100));
    let _second = peer.accept().await;
    assert_eq!(next(&mut events).await, SocketEvent::Connected);
}

#[tokio::test]
async fn pings_alone_keep_it_alive_in_both_directions() {
    let peer = Peer::start().await;
    let watchdog = Duration::from_secs(1);
    let config = SocketConfig {
        watchdog,
        ping_every: Duration::from_millis(50),
        ..quick()
    };
    let (socket, mut events) = TaskSocket::open(&peer.endpoints(), config);
    socket.follow(token("a"));
    let mut connection = peer.accept().await;
    assert_eq!(next(&mut events).await, SocketEvent::Connected);
    // Our own pings are answered by reading; nothing else is said for twice the watchdog.
    let until = Instant::now() + watchdog * 2;
    let mut pings = 0;
    while let Ok(message) = tokio::time::timeout_at(until, connection.0.next()).await {
        pings += usize::from(matches!(message.unwrap().unwrap(), Message::Ping(_)));
    }
    assert!(pings >= 3, "{pings}");
    connection.send(&status("a", "task_start")).await;
    assert_eq!(next_frame(&mut events).await.token, Some(token("a")));
}

#[tokio::test]
async fn the_services_pings_are_answered() {
    let peer = Peer::start().await;
    let (_socket, _events) = TaskSocket::open(&peer.endpoints(), quick());
    let mut connection = peer.accept().await;
    connection
        .0
        .send(Message::Ping(Bytes::from_static(b"p")))
        .await
        .unwrap();
    let answer = timeout(PATIENCE, connection.0.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(answer, Message::Pong(Bytes::from_static(b"p")));
}

#[tokio::test]
async fn a_bomb_ends_the_connection_and_nothing_else() {
    let peer = Peer::start().await;
    let config = SocketConfig {
        max_message_bytes: 64 * 1024,
        max_frame_bytes: 16 * 1024,
        ..quick()
    };
    let (socket, mut events) = TaskSocket::open(&peer.endpoints(), config);
    socket.follow(token("a"));
    let mut connection = peer.accept().await;
    assert_eq!(next(&mut events).await, SocketEvent::Connected);
    let bomb = json!({"type": "task_output", "tasktoken": "a", "message": "x".repeat(20 * 1024)})
        .to_string();
    connection.send(&bomb).await;
    expect_reason(&mut events, "too much at once").await;
    let mut connection = peer.accept().await;
    connection.expect_subscription("a").await;
    assert_eq!(next(&mut events).await, SocketEvent::Connected);
    connection.send(&status("a", "task_start")).await;
    assert_eq!(next_frame(&mut events).await.token, Some(token("a")));
}

#[tokio::test]
async fn a_slow_receiver_holds_the_service_up_and_loses_nothing() {
    let peer = Peer::start().await;
    let (socket, mut events) = TaskSocket::open(
        &peer.endpoints(),
        SocketConfig {
            events: 2,
            ..quick()
        },
    );
    socket.follow(token("a"));
    let mut connection = peer.accept().await;
    connection.expect_subscription("a").await;
    for line in 0..500 {
        connection
            .send(
                &json!({"type": "task_output", "tasktoken": "a", "message": format!("{line}")})
                    .to_string(),
            )
            .await;
    }
    assert_eq!(next(&mut events).await, SocketEvent::Connected);
    for line in 0..500 {
        match next_frame(&mut events).await.event {
            TaskEvent::Log { text, .. } => assert_eq!(text, format!("{line}")),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn it_ends_when_closed_or_when_nobody_holds_it_or_listens() {
    for end in 0..3 {
        let peer = Peer::start().await;
        let (socket, mut events) = TaskSocket::open(&peer.endpoints(), quick());
        let mut connection = peer.accept().await;
        assert_eq!(next(&mut events).await, SocketEvent::Connected);
        let other_handle = socket.clone();
        match end {
            0 => {
                socket.close();
                assert_eq!(timeout(PATIENCE, events.recv()).await.unwrap(), None);
            }
            1 => {
                drop(socket);
                other_handle.follow(token("a"));
                connection.expect_subscription("a").await;
                drop(other_handle);
                assert_eq!(timeout(PATIENCE, events.recv()).await.unwrap(), None);
            }
            _ => drop(events),
        }
        // The peer sees the connection go.
        while let Some(Ok(_)) = timeout(PATIENCE, connection.0.next()).await.unwrap() {}
    }
}

#[tokio::test]
async fn a_thousand_tasks_share_one_connection() {
    let peer = Peer::start().await;
    let (socket, mut events) = TaskSocket::open(&peer.endpoints(), quick());
    let mut connection = peer.accept().await;
    assert_eq!(next(&mut events).await, SocketEvent::Connected);
    for task in 0..1000 {
        socket.follow(token(&format!("token-{task}")));
    }
    let mut tokens = Vec::new();
    for _ in 0..1000 {
        tokens.push(
            connection.next().await["tasktoken"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), 1000);
    for token in &tokens {
        connection.send(&status(token, "task_cancel")).await;
    }
    for expected in &tokens {
        let frame = next_frame(&mut events).await;
        assert_eq!(
            (frame.token.unwrap().expose(), frame.event),
            (expected, TaskEvent::Cancelled)
        );
    }
    assert_eq!(socket.dropped(), 0);
}
