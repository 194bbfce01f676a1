//! The way up: chunks of the microphone to the service, in order, without holding anybody up.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use wiro_audio::pcm::WireFormat;
use wiro_client::realtime::{RealtimeSession, SendError};

/// Chunks that may wait: half a minute. More means that the connection stands still.
pub(super) const WAITING_CHUNKS: usize = 150;
/// A chunk of silence.
const SILENCE_MS: u32 = 200;
/// The model finds the end of what was said by the silence after it (`PROTOCOL.md` section 12.3), and a gate that closed
/// leaves none: so much of it is sent at once.
const SILENCE_AT_ONCE: u32 = 5;
/// So much more of it, as time passes, for models that are patient.
const SILENCE_LATER: u32 = 10;

/// What goes up.
#[derive(Debug)]
pub(super) enum Upward {
    /// Encoded samples; whether talking stopped here.
    Chunk { bytes: Vec<u8>, last: bool },
    /// The model answers: it needs no more silence.
    Answered,
    /// The service is asked to finish, after all before it.
    End,
}

/// Sends what comes until nobody is left to send for.
pub(super) async fn run(
    session: Arc<RealtimeSession>,
    format: WireFormat,
    mut upward: mpsc::Receiver<Upward>,
) {
    let mut silence = Vec::new();
    format.encode(&vec![0.0; format.samples_in_ms(SILENCE_MS)], &mut silence);
    let mut left = 0;
    let mut next = Instant::now();
    loop {
        let sent = tokio::select! {
            item = upward.recv() => match item {
                Some(Upward::Chunk { bytes, last }) => {
                    left = 0;
                    let mut sent = send(&session, &bytes).await;
                    if last && sent.is_ok() {
                        left = SILENCE_LATER;
                        for _ in 0..SILENCE_AT_ONCE {
                            sent = send(&session, &silence).await;
                        }
                        next = Instant::now() + pace();
                    }
                    sent
                }
                Some(Upward::Answered) => {
                    left = 0;
                    Ok(())
                }
                Some(Upward::End) => session.end().await,
                None => return,
            },
            () = sleep_until(next), if left > 0 => {
                left -= 1;
                next += pace();
                send(&session, &silence).await
            }
        };
        match sent {
            Err(SendError::Closed) => return,
            Err(error) => tracing::warn!(%error, "what was said could not be sent"),
            Ok(()) => {}
        }
    }
}

fn pace() -> Duration {
    Duration::from_millis(u64::from(SILENCE_MS))
}

async fn send(session: &RealtimeSession, bytes: &[u8]) -> Result<(), SendError> {
    if bytes.is_empty() {
        return Ok(());
    }
    session.send_audio(bytes).await
}
