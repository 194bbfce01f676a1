//! A long answer costs what it is long, however often it is sent. Alone in its binary: it counts every allocation.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use peak_alloc::PeakAlloc;
use tokio::net::TcpListener;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;
use wiro_client::client::Client;
use wiro_client::endpoints::Endpoints;
use wiro_client::follow::{Follower, Pace, TaskUpdate};
use wiro_client::llm::TextChange;
use wiro_client::secret::Secret;
use wiro_client::socket::SocketConfig;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const UPDATES: usize = 2000;
/// 100 kB in all.
const PIECE: &str = "fifty bytes of an answer that grows and grows, go ";
/// The service's end in the same process included: some copies of the text, and what waits between the two.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Sends the answer so far, again and again.
async fn write(listener: TcpListener) {
    let (stream, _) = listener.accept().await.unwrap();
    let mut socket = accept_async(stream).await.unwrap();
    socket.next().await.unwrap().unwrap();
    let mut answer = String::new();
    for _ in 0..UPDATES {
        answer.push_str(PIECE);
        let frame = format!(
            r#"{{"type":"task_output","tasktoken":"t","message":{{"answer":["{answer}"],"thinking":[]}}}}"#
        );
        socket.send(Message::text(frame)).await.unwrap();
    }
    // Open until the reader has read everything.
    while let Some(Ok(_)) = socket.next().await {}
}

#[tokio::test]
async fn an_answer_costs_what_it_is_long_however_often_it_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let endpoints = Endpoints::parse(
        "http://127.0.0.1:9/v1",
        &format!("ws://127.0.0.1:{port}/v1"),
    )
    .unwrap();
    let follower = Follower::open(
        Client::new(endpoints, None).unwrap(),
        SocketConfig::default(),
        Pace::default(),
    );
    let mut stream = follower.follow(Secret::new("t".to_owned()), None);
    tokio::spawn(write(listener));

    let whole = UPDATES * PIECE.len();
    let (mut told, mut first, mut before) = (0, true, 0);
    while told < whole {
        let next = tokio::time::timeout(Duration::from_mins(2), stream.next()).await;
        let Some(TaskUpdate::Text(TextChange::Grown(grown))) = next.unwrap() else {
            continue;
        };
        if std::mem::take(&mut first) {
            // From here on nothing is set up any more.
            before = ALLOCATOR.current_usage();
            ALLOCATOR.reset_peak_usage();
        }
        told += grown.iter().map(|growth| growth.text.len()).sum::<usize>();
    }
    let peak = ALLOCATOR.peak_usage() - before;
    println!("{peak} bytes at once, {told} told");
    assert_eq!(told, whole, "every byte once");
    assert_eq!(stream.text().answer_text().len(), whole);
    assert!(peak < MOST_BYTES, "{peak} bytes at once");
}
