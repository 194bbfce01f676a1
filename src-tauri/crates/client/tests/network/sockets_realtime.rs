//! Realtime sessions against a service that speaks, stalls and goes away.

use std::time::Duration;

use futures_util::{FutureExt, SinkExt, StreamExt};
use serde_json::json;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use wiro_client::follow::{Ending, Pace};
use wiro_client::realtime::{
    MAX_CHUNK_BYTES, RealtimeConfig, RealtimeEvent, RealtimeSession, SampleSize, SendError, Speaker,
};
use wiro_client::socket::SocketConfig;
use wiro_client::tasks::TaskOutcome;

use crate::sockets::{Connection, PATIENCE, quick, status, token};
use crate::sockets_service::{Service, hasty};

const CHUNK: usize = 9600;

async fn next(events: &mut Receiver<RealtimeEvent>) -> RealtimeEvent {
    timeout(PATIENCE, events.recv()).await.unwrap().unwrap()
}

/// The end, which is the last event.
async fn expect_end(events: &mut Receiver<RealtimeEvent>, expected: TaskOutcome) {
    match next(events).await {
        RealtimeEvent::Ended(ending) => {
            assert!(
                matches!(&*ending, Ending::Confirmed(task) if task.outcome() == expected),
                "{ending:?}"
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(timeout(PATIENCE, events.recv()).await.unwrap(), None);
}

async fn expect_task(events: &mut Receiver<RealtimeEvent>) {
    let event = next(events).await;
    assert!(matches!(event, RealtimeEvent::Task(_)), "{event:?}");
}

async fn next_binary(connection: &mut Connection) -> Bytes {
    loop {
        let message = timeout(PATIENCE, connection.0.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        if let Message::Binary(bytes) = message {
            return bytes;
        }
    }
}

async fn send_binary(connection: &mut Connection, bytes: &[u8]) {
    let message = Message::Binary(Bytes::copy_from_slice(bytes));
    connection.0.send(message).await.unwrap();
}

fn config(socket: SocketConfig, pace: Pace) -> RealtimeConfig {
    RealtimeConfig {
        socket,
        pace,
        ..RealtimeConfig::default()
    }
}

fn open(service: &Service, pace: Pace) -> (RealtimeSession, Receiver<RealtimeEvent>) {
    service.tell("t", "task_start", "");
    RealtimeSession::open(service.client(), config(quick(), pace), token("t"))
}

#[tokio::test]
async fn a_session_of_one_byte_samples_takes_and_gives_any_number_of_them() {
    let service = Service::start().await;
    service.tell("t", "task_start", "");
    let config = RealtimeConfig {
        sent: SampleSize::One,
        received: SampleSize::One,
        ..config(quick(), hasty())
    };
    let (session, mut events) = RealtimeSession::open(service.client(), config, token("t"));
    let mut connection = ready(&service, &mut events).await;
    session.send_audio(b"abc").await.unwrap();
    assert_eq!(next_binary(&mut connection).await, &b"t|abc"[..]);
    for pcm in [&b"def"[..], b"g"] {
        send_binary(&mut connection, &[b"t|", pcm].concat()).await;
        let expected = RealtimeEvent::Audio {
            turn: 0,
            pcm: Bytes::copy_from_slice(pcm),
        };
        assert_eq!(next(&mut events).await, expected);
    }
}

/// A session that may begin.
async fn ready(service: &Service, events: &mut Receiver<RealtimeEvent>) -> Connection {
    let mut connection = service.peer.accept().await;
    connection.expect_subscription("t").await;
    assert_eq!(next(events).await, RealtimeEvent::Connected);
    connection
        .send(r#"{"type":"connected","version":"1.0"}"#)
        .await;
    connection.send(&status("t", "task_stream_ready")).await;
    assert_eq!(next(events).await, RealtimeEvent::Ready);
    connection
}

#[tokio::test]
async fn a_conversation_from_the_first_word_to_the_bill() {
    let service = Service::start().await;
    let (session, mut events) = open(&service, hasty());
    assert_eq!(session.send_audio(b"ab").await, Err(SendError::NotReady));
    let mut connection = ready(&service, &mut events).await;
    assert_eq!(session.send_audio(b"abc").await, Err(SendError::OddLength));
    let long = vec![0; MAX_CHUNK_BYTES + 2];
    assert_eq!(session.send_audio(&long).await, Err(SendError::TooLarge));
    session.send_audio(b"a|b|").await.unwrap();
    assert_eq!(next_binary(&mut connection).await, &b"t|a|b|"[..]);

    send_binary(&mut connection, b"t|cd").await;
    send_binary(&mut connection, b"other|xx").await;
    connection
        .send(r#"{"type":"task_output","message":"TRANSCRIPT_AI:Hello"}"#)
        .await;
    assert_eq!(
        next(&mut events).await,
        RealtimeEvent::Audio {
            turn: 0,
            pcm: Bytes::from_static(b"cd")
        }
    );
    let hello = RealtimeEvent::Transcript {
        speaker: Speaker::Ai,
        text: "Hello".to_owned(),
    };
    assert_eq!(next(&mut events).await, hello);

    assert_eq!(session.interrupt().await, Ok(0));
    assert_eq!(
        connection.next().await,
        json!({"type": "task_session_interrupt", "tasktoken": "t"})
    );
    send_binary(&mut connection, b"t|still on its way").await;
    connection.send(&status("t", "task_stream_end")).await;
    connection
        .send(r#"{"type":"task_cost","turnCost":0.002,"cumulativeCost":0.012,"usage":{}}"#)
        .await;
    assert_eq!(
        next(&mut events).await,
        RealtimeEvent::TurnEnded { turn: 0 }
    );
    assert!(matches!(
        next(&mut events).await,
        RealtimeEvent::Cost { .. }
    ));
    assert_eq!(session.dropped(), 2);

    session.send_audio(b"ef").await.unwrap();
    session.end().await.unwrap();
    assert_eq!(next_binary(&mut connection).await, &b"t|ef"[..]);
    assert_eq!(
        connection.next().await,
        json!({"type": "task_session_end", "tasktoken": "t"})
    );
    service.tell("t", "task_postprocess_end", "0");
    connection.send(&status("t", "task_end")).await;
    connection.send(&status("t", "task_postprocess_end")).await;
    expect_task(&mut events).await;
    expect_task(&mut events).await;
    expect_end(&mut events, TaskOutcome::Succeeded).await;
    connection.closed().await;
    assert_eq!(session.send_audio(b"gh").await, Err(SendError::Closed));
}

#[tokio::test]
async fn a_break_ends_the_session_and_nothing_is_tried_again() {
    let service = Service::start().await;
    let (_session, mut events) = open(&service, hasty());
    let connection = ready(&service, &mut events).await;
    service.tell("t", "task_cancel", "");
    drop(connection);
    assert!(matches!(
        next(&mut events).await,
        RealtimeEvent::Disconnected { .. }
    ));
    expect_end(&mut events, TaskOutcome::Cancelled).await;
    assert!(service.peer.accept().now_or_never().is_none());
}

#[tokio::test]
async fn a_service_that_falls_silent_is_gone() {
    let service = Service::start().await;
    service.tell("t", "task_start", "");
    let config = wiro_client::socket::SocketConfig {
        watchdog: Duration::from_millis(150),
        ping_every: Duration::from_hours(1),
        ..quick()
    };
    let (_session, mut events) =
        RealtimeSession::open(service.client(), self::config(config, hasty()), token("t"));
    let _silent = ready(&service, &mut events).await;
    match next(&mut events).await {
        RealtimeEvent::Disconnected { reason } => {
            assert!(reason.contains("nothing was heard"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    service.tell("t", "task_cancel", "");
    expect_end(&mut events, TaskOutcome::Cancelled).await;
}

#[tokio::test]
async fn an_empty_wallet_ends_it_without_the_last_frame() {
    let service = Service::start().await;
    let grace = Duration::from_millis(50);
    let (_session, mut events) = open(
        &service,
        Pace {
            end_grace: grace,
            ..hasty()
        },
    );
    let mut connection = ready(&service, &mut events).await;
    connection
        .send(r#"{"type":"task_cost","turnCost":1,"cumulativeCost":1}"#)
        .await;
    connection.send(&status("t", "task_end")).await;
    assert!(matches!(
        next(&mut events).await,
        RealtimeEvent::Cost { .. }
    ));
    expect_task(&mut events).await;
    service.tell("t", "task_postprocess_end", "1");
    expect_end(&mut events, TaskOutcome::Failed).await;
}

#[tokio::test]
async fn audio_on_its_way_is_not_lost_to_a_quick_answer() {
    const FRAMES: usize = 300;
    let service = Service::start().await;
    let patient = Pace {
        longest_end: PATIENCE,
        ..hasty()
    };
    let (_session, mut events) = open(&service, patient);
    let mut connection = ready(&service, &mut events).await;
    let mut chunk = b"t|".to_vec();
    chunk.resize(2 + CHUNK, 7);
    // Nobody listens yet, and the service already says that it is over.
    service.tell("t", "task_postprocess_end", "0");
    let sent = async {
        for _ in 0..FRAMES {
            send_binary(&mut connection, &chunk).await;
        }
        connection.send(&status("t", "task_postprocess_end")).await;
    };
    let heard = async {
        tokio::task::yield_now().await;
        for _ in 0..FRAMES {
            match next(&mut events).await {
                RealtimeEvent::Audio { pcm, .. } => assert_eq!(pcm.len(), CHUNK),
                other => panic!("{other:?}"),
            }
        }
        expect_task(&mut events).await;
        expect_end(&mut events, TaskOutcome::Succeeded).await;
    };
    tokio::join!(sent, heard);
}

#[tokio::test]
async fn neither_direction_waits_for_the_other() {
    let service = Service::start().await;
    let (session, mut events) = open(&service, hasty());
    let mut connection = ready(&service, &mut events).await;
    // More than waits for a listener, who does not listen.
    for _ in 0..200 {
        send_binary(&mut connection, b"t|ab").await;
    }
    for _ in 0..100 {
        session.send_audio(&[7; CHUNK]).await.unwrap();
        assert_eq!(next_binary(&mut connection).await.len(), 2 + CHUNK);
    }
    for _ in 0..200 {
        assert!(matches!(
            next(&mut events).await,
            RealtimeEvent::Audio { .. }
        ));
    }
}

#[tokio::test]
async fn a_service_that_takes_nothing_holds_the_sender_up() {
    let service = Service::start().await;
    let (session, mut events) = open(&service, hasty());
    let mut connection = ready(&service, &mut events).await;
    let piece = vec![7; MAX_CHUNK_BYTES];
    let mut sent = 0;
    let held_up = loop {
        match timeout(Duration::from_millis(300), session.send_audio(&piece)).await {
            Ok(result) => result.unwrap(),
            Err(_) => break true,
        }
        sent += 1;
        if sent == 1000 {
            break false;
        }
    };
    assert!(held_up, "{sent} frames went nowhere");
    // What was taken arrives, whole and in order.
    for _ in 0..sent {
        assert_eq!(
            next_binary(&mut connection).await.len(),
            2 + MAX_CHUNK_BYTES
        );
    }
}

#[tokio::test]
async fn a_session_that_never_began_ends_as_its_task_does() {
    let service = Service::start().await;
    let (_session, mut events) = open(&service, hasty());
    // Accepts, and is gone before it is a socket.
    let peer = &service.peer;
    peer.refuse().await;
    assert!(matches!(
        next(&mut events).await,
        RealtimeEvent::Unreachable { .. }
    ));
    service.tell("t", "task_error", "");
    loop {
        tokio::select! {
            () = peer.refuse() => {}
            event = next(&mut events) => match event {
                RealtimeEvent::Unreachable { .. } => {}
                RealtimeEvent::Ended(ending) => break assert_eq!(ending.outcome(), Some(TaskOutcome::Failed)),
                other => panic!("{other:?}"),
            },
        }
    }
}

#[tokio::test]
async fn dropping_either_end_closes_the_connection() {
    for drop_session in [true, false] {
        let service = Service::start().await;
        let (session, mut events) = open(&service, hasty());
        let mut connection = ready(&service, &mut events).await;
        if drop_session {
            drop(session);
            assert_eq!(timeout(PATIENCE, events.recv()).await.unwrap(), None);
        } else {
            drop(events);
        }
        connection.closed().await;
    }
}
