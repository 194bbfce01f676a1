//! Section 12: realtime sessions of the three kinds. Prices are those of the catalogue, sums are made by hand.

use crate::support::listener::Listener;
use crate::support::model;
use crate::support::session::{FRAME_BYTES, Session, buzz, silence};
use crate::support::shape::{assert_keys, payload};
use crate::support::{FINAL, Sandbox};
use serde_json::{Value, json};

const USER: &str = "TRANSCRIPT_USER:";
const AI: &str = "TRANSCRIPT_AI:";

/// What the documentation puts between the start of a model and the end of its files.
const ENDING: [&str; 4] = [
    "task_output_full",
    "task_end",
    "task_postprocess_start",
    "task_postprocess_end",
];

#[track_caller]
fn assert_costs(session: &Session, expected: &[(f64, f64)]) {
    let costs = session.costs();
    assert_eq!(costs.len(), expected.len(), "{costs:?}");
    for (cost, expected) in costs.iter().zip(expected) {
        let off = (cost.0 - expected.0).abs() + (cost.1 - expected.1).abs();
        assert!(off < 1e-9, "{costs:?}");
    }
}

/// What a model of the catalogue charges for a turn: one entry, always (section 13.2).
async fn turn_price(sandbox: &Sandbox, slug: &str) -> f64 {
    let body = json!({"slugowner": "sandbox", "slugproject": slug});
    let answer = sandbox.post("/Tool/Detail", body).await;
    let text = answer.success()["tool"][0]["dynamicprice"]
        .as_str()
        .unwrap();
    let prices: Value = serde_json::from_str(text).unwrap();
    assert_eq!(prices.as_array().unwrap().len(), 1);
    assert_eq!(prices[0]["priceMethod"], "cp-realtimeturn");
    assert_eq!(prices[0]["inputs"], json!({}));
    prices[0]["price"].as_f64().unwrap()
}

#[tokio::test]
async fn section_12_prices_and_categories() {
    let sandbox = Sandbox::start().await;
    for (slug, price, category) in [
        ("parrot", 0.002, "realtime-conversation"),
        ("morse-tts", 0.001, "text-to-speech"),
        ("morse-stt", 0.001, "speech-to-text"),
    ] {
        let charged = turn_price(&sandbox, slug).await;
        assert!((charged - price).abs() < 1e-12, "{slug}: {charged}");
        let body = json!({"start": "0", "limit": "50", "categories": [category]});
        let answer = sandbox.post("/Tool/List", body).await;
        let tools = answer.success()["tool"].as_array().unwrap();
        assert!(
            tools.iter().any(|tool| tool["cleanslugproject"] == slug),
            "{category}"
        );
    }
}

/// Section 12.3, voice: two turns, then a clean end.
#[tokio::test]
async fn section_12_3_a_whole_conversation() {
    let sandbox = Sandbox::start().await;
    let mut session = Session::of(&sandbox, "sandbox/parrot", json!({})).await;
    let mut ordinary = Vec::new();
    for turn in 1..=2 {
        session.speak(&[buzz(0.75), silence(0.6)].concat()).await;
        let cost = session.until("task_cost").await;
        assert_keys(&cost, &payload!("ws.task_cost.event.01.json"), &[]);
        // A square wave of 0x7C7C is 0.24 dB below full scale.
        assert_eq!(session.transcripts(USER).len(), turn);
        assert_eq!(session.transcripts(USER)[turn - 1], "heard 0.8 s at 0 dB");
        assert_eq!(session.transcripts(AI).len(), turn);
        ordinary.extend([
            "task_output",
            "audio",
            "task_output",
            "task_stream_end",
            "task_cost",
        ]);
    }
    // Three quarters of a second and 50 ms of silence after it, a quarter faster, twice.
    assert!(
        (session.seconds() - 2.0 * 0.8 / 1.25).abs() < 0.15,
        "{}",
        session.seconds()
    );
    session.end().await;
    ordinary.extend(ENDING);
    assert_eq!(session.order(), ordinary);
    assert_costs(&session, &[(0.002, 0.002), (0.002, 0.004)]);
    let task = sandbox.succeeded(&session.run).await;
    assert_eq!(task["totalcost"], "0.004000000000");
    let said = task["debugoutput"].as_str().unwrap();
    assert_eq!(said.matches(USER).count(), 2, "{said}");
}

/// Sound is paced: two frames at once, the others in real time.
#[tokio::test]
async fn section_12_2_sound_comes_as_it_is_played() {
    let sandbox = Sandbox::start().await;
    let mut session = Session::of(&sandbox, "sandbox/parrot", json!({})).await;
    session.speak(&[buzz(2.0), silence(0.6)].concat()).await;
    session.until("task_cost").await;
    assert!(session.came.len() >= 8, "{:?}", session.came);
    for (frame, came) in session.came.iter().enumerate().skip(2) {
        // The third may come when a fifth of a second was played; the clock here began a little later.
        let earliest = (frame as u64 - 1) * 200 - 150;
        assert!(
            came.as_millis() >= u128::from(earliest),
            "{frame}: {:?}",
            session.came
        );
    }
    session.end().await;
}

/// Section 12.4: one last `task_stream_end`, and the session goes on.
#[tokio::test]
async fn section_12_4_an_interrupt() {
    let sandbox = Sandbox::start().await;
    let mut session = Session::of(&sandbox, "sandbox/parrot", json!({})).await;
    session.speak(&[buzz(5.0), silence(0.6)].concat()).await;
    session.until("audio").await;
    session.control("task_session_interrupt").await;
    session.until("task_stream_end").await;
    session.until("task_cost").await;
    assert!(session.seconds() < 2.0, "{} of 4 s", session.seconds());
    assert!(
        session.transcripts(AI)[0].contains(" of 4.0 s"),
        "{:?}",
        session.transcripts(AI)
    );
    let heard = session.pcm.len();
    session.speak(&[buzz(0.5), silence(0.6)].concat()).await;
    session.until("task_cost").await;
    assert!(session.pcm.len() > heard);
    session.end().await;
    let ends = session
        .told
        .iter()
        .filter(|frame| frame["type"] == "task_stream_end");
    assert_eq!(ends.count(), 2);
    assert_costs(&session, &[(0.002, 0.002), (0.002, 0.004)]);
}

/// Section 12.4: some models also stop by themselves when the user speaks.
#[tokio::test]
async fn section_12_4_speaking_interrupts() {
    let sandbox = Sandbox::start().await;
    let mut session = Session::of(&sandbox, "sandbox/parrot", json!({})).await;
    session.speak(&[buzz(5.0), silence(0.6)].concat()).await;
    session.until("audio").await;
    session.speak(&buzz(0.4)).await;
    session.until("task_cost").await;
    assert!(session.seconds() < 2.0, "{} of 4 s", session.seconds());
    // No more sound comes: that is an end of speech too.
    session.until("task_cost").await;
    assert_eq!(session.transcripts(USER)[1], "heard 0.4 s at 0 dB");
    session.end().await;
}

/// Section 12.3, TTS: ends by itself; each sentence is a segment.
#[tokio::test]
async fn section_12_3_text_to_speech() {
    let sandbox = Sandbox::start().await;
    let body = json!({"text": "Sos. Ok", "speed": 60});
    let mut session = Session::of(&sandbox, "sandbox/morse-tts", body).await;
    session.until("task_postprocess_end").await;
    let mut order = ["audio", "task_stream_end", "task_cost"].repeat(2);
    order.extend(ENDING);
    assert_eq!(session.order(), order);
    assert_costs(&session, &[(0.001, 0.001), (0.001, 0.002)]);
    // Units of 20 ms: S 5, O 11, S 5, full stop 17, three spaces of 3, one of 7; O 11, 3, K 9, 7; and 100 ms before it all.
    let expected = f64::from(5 + 11 + 5 + 17 + 3 * 3 + 7 + 11 + 3 + 9 + 7) * 0.02 + 0.1;
    assert!(
        (session.seconds() - expected).abs() < 0.001,
        "{}",
        session.seconds()
    );
    let task = sandbox.succeeded(&session.run).await;
    assert_eq!(task["totalcost"], "0.002000000000");
}

/// Section 12.6: `task_session_end` is the way to stop early.
#[tokio::test]
async fn section_12_6_text_to_speech_stops_early() {
    let sandbox = Sandbox::start().await;
    let body = json!({"text": "The quick brown fox. Jumps", "speed": "5"});
    let mut session = Session::of(&sandbox, "sandbox/morse-tts", body).await;
    session.until("audio").await;
    session.end().await;
    assert!(session.seconds() < 3.0, "{} of a minute", session.seconds());
    assert_costs(&session, &[(0.001, 0.001)]);
    let task = sandbox.succeeded(&session.run).await;
    assert_eq!(task["totalcost"], "0.001000000000");
}

/// What cannot be keyed is told; where nothing can be, the run fails and costs nothing (section 7.8).
#[tokio::test]
async fn section_12_1_what_has_no_code() {
    let sandbox = Sandbox::start().await;
    let mut session = Session::of(
        &sandbox,
        "sandbox/morse-tts",
        json!({"text": "5€", "speed": 60}),
    )
    .await;
    session.until("task_postprocess_end").await;
    let task = sandbox.succeeded(&session.run).await;
    assert!(
        task["debugerror"].as_str().unwrap().contains('€'),
        "{task:#}"
    );
    let run = sandbox.run("sandbox/morse-tts", json!({"text": "€"})).await;
    let task = sandbox.finished(&run).await;
    assert!(task["pexit"] != "0" && task["totalcost"] == "0", "{task:#}");
    let empty = sandbox
        .post("/Run/sandbox/morse-tts", json!({"speed": 20}))
        .await;
    empty.refused(0, "Request parameter [text] required");
}

/// Section 12.3, STT: what one model sends the other reads, word by word; then costs, and one `task_stream_end`.
#[tokio::test]
async fn section_12_3_speech_to_text() {
    const TEXT: &str = "CQ DE WIRO 73 = OK?";
    let sandbox = Sandbox::start().await;
    let body = json!({"text": TEXT, "speed": 60});
    let mut sender = Session::of(&sandbox, "sandbox/morse-tts", body).await;
    sender.until("task_postprocess_end").await;
    let mut session = Session::of(&sandbox, "sandbox/morse-stt", json!({})).await;
    session
        .speak(&[silence(0.3), sender.pcm.clone()].concat())
        .await;
    let first = session.until("task_output").await;
    assert_eq!(first["message"], "TRANSCRIPT_USER:CQ", "before the end");
    session.end().await;
    assert_eq!(session.transcripts(USER).join(" "), TEXT);
    assert!(session.transcripts(USER).len() == 6 && session.transcripts(AI).is_empty());
    let mut order = vec!["task_output"; 6];
    order.extend(["task_cost", "task_stream_end"]);
    order.extend(ENDING);
    assert_eq!(session.order(), order);
    assert_costs(&session, &[(0.001, 0.001)]);
    assert!(session.pcm.is_empty(), "no sound from the service");
    let task = sandbox.succeeded(&session.run).await;
    assert_eq!(task["totalcost"], "0.001000000000");
}

/// Section 12.5: the wallet is emptied by another run, and the next turn is the last.
#[tokio::test]
async fn section_12_5_an_empty_wallet_ends_the_session() {
    let prices = json!([{"inputs": {}, "price": 20.1, "priceMethod": "cpr"}]);
    let sandbox = Sandbox::serving(&[model::model("dear", &prices)], &["--balance", "20.1"]).await;
    let mut session = Session::of(&sandbox, "sandbox/parrot", json!({})).await;
    let dear = sandbox.run("price-lab/dear", json!({"prompt": "a"})).await;
    sandbox.succeeded(&dear).await;
    session.speak(&[buzz(0.3), silence(0.6)].concat()).await;
    session.until("task_end").await;
    assert_costs(&session, &[(0.002, 0.002)]);
    session.until("task_postprocess_end").await;
    let task = sandbox.succeeded(&session.run).await;
    assert_eq!(task["totalcost"], "0.002000000000");
    let refused = sandbox.post("/Run/sandbox/parrot", json!({})).await;
    refused.refused(97, "Insufficient balance");
}

/// Section 12.6: without its client a session is over, and its worker free; with one of two it goes on.
#[tokio::test]
async fn section_12_6_a_session_ends_with_its_last_client() {
    let sandbox = Sandbox::key_only(&["--workers", "1"]).await;
    let mut session = Session::of(&sandbox, "sandbox/parrot", json!({})).await;
    drop(Listener::to(&sandbox, &[&session.run]).await);
    session.speak(&[buzz(5.0), silence(0.6)].concat()).await;
    session.until("audio").await;
    let run = session.run.clone();
    let waiting = sandbox.run("sandbox/slow", json!({"seconds": 0})).await;
    assert_eq!(
        sandbox.task(&waiting).await["status"],
        "task_queue",
        "the worker is busy"
    );
    drop(session);
    let task = sandbox.finished(&run).await;
    // What was not said to its end is not paid for.
    assert_eq!(task["totalcost"], "0", "{task:#}");
    sandbox.succeeded(&waiting).await;
}

/// Section 7.5: killed, with what its turns have cost until then.
#[tokio::test]
async fn section_7_5_a_session_is_killed() {
    let sandbox = Sandbox::start().await;
    let mut session = Session::of(&sandbox, "sandbox/parrot", json!({})).await;
    session.speak(&[buzz(0.3), silence(0.6)].concat()).await;
    session.until("task_cost").await;
    session.speak(&[buzz(5.0), silence(0.6)].concat()).await;
    session.until("audio").await;
    sandbox.kill(&session.run).await;
    while session.next().await["type"] != "task_cancel" {}
    session.speak(&buzz(1.0)).await;
    session.listener.settle().await;
    let task = sandbox.finished(&session.run).await;
    assert_eq!(task["status"], "task_cancel");
    assert_eq!(task["totalcost"], "0.002000000000");
}

/// Sections 10.6 and 12.3: sound before `task_stream_ready` is ignored, and the session waits for a listener to begin.
#[tokio::test]
async fn section_12_3_nothing_is_heard_before_the_stream_is_ready() {
    let sandbox = Sandbox::key_only(&["--workers", "1"]).await;
    let busy = sandbox.occupy_worker().await;
    let run = sandbox.run("sandbox/parrot", json!({})).await;
    let mut early = Listener::connect(&sandbox).await;
    let frame = [run.token.as_bytes(), b"|", &buzz(1.0)].concat();
    early.send_bytes(frame).await;
    early.settle().await;
    sandbox.kill(&busy).await;
    sandbox.until(&run, &["task_start"]).await;
    early.subscribe(&run.token).await;
    let mut session = Session::ready(early, run).await;
    session.end().await;
    assert_eq!(session.order(), ENDING);
    assert_eq!(sandbox.succeeded(&session.run).await["totalcost"], "0");
}

/// Section 10.6: other tokens, no pipe, odd lengths and nothing at all are no sound; the session goes on.
#[tokio::test]
async fn section_10_6_what_is_no_sound() {
    let sandbox = Sandbox::start().await;
    let mut session = Session::of(&sandbox, "sandbox/parrot", json!({})).await;
    let token = session.run.token.clone();
    let other = token.chars().rev().collect::<String>();
    let sound = buzz(0.2);
    let tokens = [
        other,
        token[..29].to_owned(),
        format!("{token} "),
        token.to_lowercase(),
        String::new(),
    ];
    for wrong in tokens.iter().filter(|wrong| **wrong != token) {
        session
            .listener
            .send_bytes([wrong.as_bytes(), b"|", &sound].concat())
            .await;
    }
    session
        .listener
        .send_bytes([token.as_bytes(), &sound].concat())
        .await;
    session
        .listener
        .send_bytes([token.as_bytes(), b"|"].concat())
        .await;
    for _ in 0..2 {
        session
            .listener
            .send_bytes([token.as_bytes(), b"|", &sound[..FRAME_BYTES - 1]].concat())
            .await;
    }
    let told = session.until("task_error").await;
    assert!(
        told["message"].as_str().unwrap().contains("9599"),
        "{told:#}"
    );
    session.speak(&[buzz(0.4), silence(0.6)].concat()).await;
    session.until("task_cost").await;
    assert_eq!(session.transcripts(USER), ["heard 0.4 s at 0 dB"]);
    session.end().await;
    let warnings = session
        .told
        .iter()
        .filter(|frame| frame["type"] == "task_error");
    assert_eq!(warnings.count(), 1);
}

/// Nobody has to interrupt or end what is not going on: such frames change nothing (section 10.2).
#[tokio::test]
async fn section_10_2_controls_that_mean_nothing() {
    let sandbox = Sandbox::start().await;
    let mut session = Session::of(&sandbox, "sandbox/morse-stt", json!({"anything": "else"})).await;
    session.control("task_session_interrupt").await;
    let stranger = json!({"type": "task_session_end", "tasktoken": "x".repeat(30)});
    session.listener.send(&stranger).await;
    session.listener.settle().await;
    let status = sandbox.task(&session.run).await["status"].clone();
    assert!(!FINAL.contains(&status.as_str().unwrap()), "{status}");
    session.end().await;
    session.control("task_session_end").await;
    session.listener.settle().await;
    // Nothing was read, so nothing was paid; and that is told.
    assert_costs(&session, &[(0.0, 0.0)]);
    assert_eq!(sandbox.succeeded(&session.run).await["totalcost"], "0");
}
