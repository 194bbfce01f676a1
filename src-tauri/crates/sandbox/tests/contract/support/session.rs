//! A realtime session as a client holds it (section 12).

use super::listener::Listener;
use super::{Run, Sandbox};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;

/// Bytes of 200 ms: 4,800 samples (section 12.2).
pub(crate) const FRAME_BYTES: usize = 9600;

/// A client in a session, and what it heard.
pub(crate) struct Session {
    pub(crate) listener: Listener,
    pub(crate) run: Run,
    /// Text frames since `task_stream_ready`, and sound where `type` is `audio`.
    pub(crate) told: Vec<Value>,
    pub(crate) pcm: Vec<u8>,
    /// When each frame of sound came, since the first.
    pub(crate) came: Vec<Duration>,
    first: Option<Instant>,
}

impl Session {
    /// Runs the model and waits for `task_stream_ready`.
    pub(crate) async fn of(sandbox: &Sandbox, model: &str, parameters: Value) -> Self {
        let run = sandbox.run(model, parameters).await;
        let listener = Listener::to(sandbox, &[&run]).await;
        Self::ready(listener, run).await
    }

    /// Waits for `task_stream_ready` of a run that is listened to.
    pub(crate) async fn ready(mut listener: Listener, run: Run) -> Self {
        loop {
            let frame = listener.frame().await;
            if frame["type"] == "task_stream_ready" {
                assert_eq!(frame.get("message"), None, "absent in section 10.4");
                assert_eq!(frame["tasktoken"], run.token.as_str());
                break;
            }
        }
        Self {
            listener,
            run,
            told: Vec::new(),
            pcm: Vec::new(),
            came: Vec::new(),
            first: None,
        }
    }

    /// Sends sound in frames of 200 ms, as fast as they go.
    pub(crate) async fn speak(&mut self, pcm: &[u8]) {
        for chunk in pcm.chunks(FRAME_BYTES) {
            let frame = [self.run.token.as_bytes(), b"|", chunk].concat();
            self.listener.send_bytes(frame).await;
        }
    }

    pub(crate) async fn control(&mut self, name: &str) {
        let token = self.run.token.clone();
        let frame = json!({"type": name, "tasktoken": token});
        self.listener.send(&frame).await;
    }

    /// The next frame, sound as one of type `audio`.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            let frame = match self.listener.message().await.expect("the socket is closed") {
                Message::Text(text) => serde_json::from_str(&text).unwrap(),
                Message::Binary(bytes) => self.hear(&bytes),
                _ => continue,
            };
            self.told.push(frame.clone());
            return frame;
        }
    }

    fn hear(&mut self, bytes: &[u8]) -> Value {
        let pipe = bytes.iter().position(|byte| *byte == b'|').unwrap();
        assert_eq!(&bytes[..pipe], self.run.token.as_bytes(), "section 10.6");
        let pcm = &bytes[pipe + 1..];
        assert!(pcm.len().is_multiple_of(2) && !pcm.is_empty());
        self.pcm.extend_from_slice(pcm);
        let first = *self.first.get_or_insert_with(Instant::now);
        self.came.push(first.elapsed());
        json!({"type": "audio"})
    }

    /// Reads up to a frame of this type, and returns it.
    pub(crate) async fn until(&mut self, name: &str) -> Value {
        loop {
            let frame = self.next().await;
            if frame["type"] == name {
                return frame;
            }
            assert_ne!(frame["type"], "task_postprocess_end", "before {name}");
            assert_ne!(frame["type"], "task_cancel", "before {name}");
        }
    }

    /// Ends the session cleanly and reads to its last frame (section 12.6).
    pub(crate) async fn end(&mut self) {
        self.control("task_session_end").await;
        self.until("task_postprocess_end").await;
    }

    /// Types in order, sound once however many frames it took.
    pub(crate) fn order(&self) -> Vec<&str> {
        let mut types: Vec<&str> = self
            .told
            .iter()
            .map(|frame| frame["type"].as_str().unwrap())
            .collect();
        types.dedup_by(|next, last| next == last && *last == "audio");
        types
    }

    /// What was said after this prefix (section 12.3).
    pub(crate) fn transcripts(&self, prefix: &str) -> Vec<String> {
        let messages = self
            .told
            .iter()
            .filter(|frame| frame["type"] == "task_output")
            .filter_map(|frame| frame["message"].as_str()?.strip_prefix(prefix));
        messages.map(ToOwned::to_owned).collect()
    }

    /// What each `task_cost` said: this turn's, and all so far.
    pub(crate) fn costs(&self) -> Vec<(f64, f64)> {
        let costs = self
            .told
            .iter()
            .filter(|frame| frame["type"] == "task_cost");
        let number = |value: &Value| value.as_f64().expect("a number, section 4.2");
        costs
            .map(|frame| {
                assert!(frame["usage"].is_object(), "{frame:#}");
                (number(&frame["turnCost"]), number(&frame["cumulativeCost"]))
            })
            .collect()
    }

    /// Seconds of the sound that came: 24,000 samples of two bytes each.
    pub(crate) fn seconds(&self) -> f64 {
        let samples = u32::try_from(self.pcm.len() / 2).unwrap();
        f64::from(samples) / 24_000.0
    }
}

/// A loud buzz of 200 Hz made of pipes: both bytes of half of its samples are 0x7C.
pub(crate) fn buzz(seconds: f64) -> Vec<u8> {
    pcm(seconds, |sample| {
        if sample / 60 % 2 == 0 {
            0x7c7c
        } else {
            -0x7c7c
        }
    })
}

pub(crate) fn silence(seconds: f64) -> Vec<u8> {
    pcm(seconds, |_| 0)
}

fn pcm(seconds: f64, wave: impl Fn(u32) -> i16) -> Vec<u8> {
    let samples = (0..).take_while(|sample| f64::from(*sample) < seconds * 24_000.0);
    samples
        .flat_map(|sample| wave(sample).to_le_bytes())
        .collect()
}
