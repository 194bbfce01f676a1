//! Who is in a session: what clients say of a task goes to the model that runs it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::frames::PIPE;

/// Inputs a session may be behind before its clients have to wait.
const BACKLOG: usize = 256;

/// What a client does in a session (`PROTOCOL.md` section 10.2).
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// PCM as it came.
    Audio(Bytes),
    /// `task_session_interrupt`
    Interrupt,
    /// `task_session_end`
    End,
}

/// The sessions that are open, by task token.
#[derive(Default)]
pub(crate) struct Switchboard {
    lines: Mutex<HashMap<String, mpsc::Sender<Input>>>,
}

/// A session's end of its line; the line is closed with it.
pub(crate) struct Line {
    switchboard: Arc<Switchboard>,
    token: String,
    pub(crate) inputs: mpsc::Receiver<Input>,
}

impl Switchboard {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, mpsc::Sender<Input>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on the task can be talked to.
    pub(crate) fn open(self: &Arc<Self>, token: &str) -> Line {
        let (sender, inputs) = mpsc::channel(BACKLOG);
        self.lock().insert(token.to_owned(), sender);
        Line {
            switchboard: Arc::clone(self),
            token: token.to_owned(),
            inputs,
        }
    }

    /// Passes an input on, without losing any when the session is behind. Whoever names the token exactly may speak, on
    /// whichever connection. What comes before a session is ready or after it ended is dropped, like everything for a task
    /// that is none.
    pub(crate) async fn pass(&self, token: &str, input: Input) {
        let line = self.lock().get(token).cloned();
        if let Some(line) = line {
            // It may have ended meanwhile.
            let _ = line.send(input).await;
        }
    }

    /// A binary frame: a token, a pipe and sound. Sound may hold more pipes, so only the first one splits
    /// (`PROTOCOL.md` section 10.6). Without any the frame is dropped.
    pub(crate) async fn hear(&self, frame: &Bytes) {
        let Some(pipe) = frame.iter().position(|byte| *byte == PIPE) else {
            return;
        };
        if let Ok(token) = std::str::from_utf8(&frame[..pipe]) {
            self.pass(token, Input::Audio(frame.slice(pipe + 1..)))
                .await;
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.switchboard.lock().remove(&self.token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn inputs_reach_the_open_session_of_exactly_their_token() {
        let switchboard = Arc::new(Switchboard::default());
        switchboard.pass("token", Input::Interrupt).await;
        let mut line = switchboard.open("token");
        for other in ["toke", "token ", "TOKEN", ""] {
            switchboard.pass(other, Input::Interrupt).await;
        }
        switchboard.pass("token", Input::End).await;
        assert_eq!(line.inputs.recv().await, Some(Input::End));
        assert!(line.inputs.try_recv().is_err());
        for frame in [&b"token|a|b"[..], b"token", b"|a", b"\xff|a"] {
            switchboard.hear(&Bytes::copy_from_slice(frame)).await;
        }
        let audio = Input::Audio(Bytes::from_static(b"a|b"));
        assert_eq!(line.inputs.recv().await, Some(audio));
        assert!(line.inputs.try_recv().is_err());
        drop(line);
        switchboard.pass("token", Input::End).await;
        assert!(switchboard.lock().is_empty());
    }
}
