//! Brings frames and answers to the tracks, and asks when they want to know.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::track::Answer;
use super::{Pace, Shared, spread};
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::socket::{SocketEvent, TaskEvent, TaskFrame, TaskSocket};
use crate::tasks::{Task, TaskOutcome, TaskQuery, TaskRef};

/// From this many tasks that are due at the same time one list is asked for instead of each by itself.
const BATCH_FROM: usize = 3;
const BATCH_LIMIT: u32 = 100;
/// A list that takes longer saves no time: each task is asked for by itself.
const LONGEST_LIST: Duration = Duration::from_secs(5);
/// So many tasks are asked for at the same time; one slow answer must not hold the others back.
const PARALLEL_QUESTIONS: usize = 8;

/// What asking about one task brought.
pub(super) struct Answered {
    token: String,
    answer: Answer,
}

pub(super) struct Actor {
    client: Client,
    shared: Arc<Shared>,
    socket: TaskSocket,
    pace: Pace,
    connected: bool,
    /// When the next task is due, or earlier: planned when that changes, not at every frame of a thousand tasks.
    next: Option<Instant>,
}

impl Actor {
    pub(super) const fn new(
        client: Client,
        shared: Arc<Shared>,
        socket: TaskSocket,
        pace: Pace,
    ) -> Self {
        Self {
            client,
            shared,
            socket,
            pace,
            connected: false,
            next: None,
        }
    }

    pub(super) async fn run(
        mut self,
        mut events: mpsc::Receiver<SocketEvent>,
        (sender, mut answers): (mpsc::Sender<Answered>, mpsc::Receiver<Answered>),
    ) {
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Some(event) => self.take_event(event),
                    None => return,
                },
                Some(answered) = answers.recv() => self.take_answer(answered),
                () = self.shared.changed.notified() => self.next = Some(Instant::now()),
                () = sleep_until(self.next) => {}
            }
            if self.next.is_some_and(|next| next <= Instant::now()) {
                self.ask_due(&sender);
            }
        }
    }

    fn take_event(&mut self, event: SocketEvent) {
        let now = Instant::now();
        match event {
            SocketEvent::Connected => {
                self.connected = true;
                self.all(|track| track.connected(now));
            }
            SocketEvent::Disconnected { reason } => {
                tracing::debug!(reason, "the task socket is down; asking instead");
                self.connected = false;
                self.all(|track| track.disconnected(now));
            }
            SocketEvent::Frame(frame) => self.take_frame(frame, now),
            SocketEvent::Other(_) => {}
        }
    }

    fn all(&mut self, change: impl Fn(&mut super::Track)) {
        for followed in self.shared.followed().values() {
            followed.track.send_if_modified(|track| {
                change(track);
                false
            });
        }
        self.next = Some(Instant::now());
    }

    fn take_frame(&mut self, frame: TaskFrame, now: Instant) {
        let all = self.shared.followed();
        let followed = match (&frame.token, &frame.task_id) {
            (Some(token), _) => all.get(token.expose()),
            (None, Some(id)) => all.values().find(|one| one.task.id.as_ref() == Some(id)),
            (None, None) => None,
        };
        if let Some(followed) = followed {
            followed
                .track
                .send_if_modified(|track| track.heard(frame, now));
            let next = followed.track.borrow().next_check();
            self.next = self.next.into_iter().chain(next).min();
            return;
        }
        drop(all);
        // A frame that names no task is never guessed: Task/Detail decides.
        let is_end = matches!(
            frame.event,
            TaskEvent::Finished { .. } | TaskEvent::Cancelled
        );
        if is_end && frame.token.is_none() {
            self.all(|track| track.check_now(now));
        }
    }

    fn take_answer(&mut self, answered: Answered) {
        let mut all = self.shared.followed();
        let Some(followed) = all.get_mut(&answered.token) else {
            return;
        };
        if let Answer::Task(task) = &answered.answer
            && followed.task.id.is_none()
        {
            followed.task.id.clone_from(&task.id);
        }
        let now = Instant::now();
        followed
            .track
            .send_if_modified(|track| track.answered(answered.answer, now, spread()));
        let (next, is_over) = {
            let track = followed.track.borrow();
            (track.next_check(), track.ending().is_some())
        };
        if is_over {
            all.remove(&answered.token);
            drop(all);
            self.socket.unfollow(&answered.token);
        }
        self.next = self.next.into_iter().chain(next).min();
    }

    /// Asks about every task that is due; lets go of those that nobody reads any more.
    fn ask_due(&mut self, answers: &mpsc::Sender<Answered>) {
        let now = Instant::now();
        let mut due = Vec::new();
        let mut next = None;
        let socket = &self.socket;
        let connected = self.connected;
        self.shared.followed().retain(|token, followed| {
            if followed.track.receiver_count() == 0 {
                socket.unfollow(token);
                return false;
            }
            followed.track.send_if_modified(|track| {
                track.note_connection(connected);
                if track.next_check().is_some_and(|at| at <= now) {
                    track.begin_check();
                    due.push((token.clone(), followed.task.clone()));
                }
                next = next.into_iter().chain(track.next_check()).min();
                false
            });
            true
        });
        self.next = next;
        if !due.is_empty() {
            let (client, patience) = (self.client.clone(), self.pace.longest_answer);
            let answers = answers.clone();
            tokio::spawn(async move { ask(&client, due, patience, &answers).await });
        }
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Asks for each task, or for the list when many are due; what the list does not show is asked for by itself.
async fn ask(
    client: &Client,
    due: Vec<(String, TaskRef)>,
    patience: Duration,
    answers: &mpsc::Sender<Answered>,
) {
    let mut listed = if due.len() >= BATCH_FROM {
        running(client).await
    } else {
        HashMap::new()
    };
    let asked = due.into_iter().map(|(token, reference)| {
        let known = reference.id.as_ref().and_then(|id| listed.remove(id));
        async move {
            let answer = match known {
                Some(task) => Answer::Task(Box::new(task)),
                None => answer_of(client, &reference, patience).await,
            };
            // Nobody is left to hear it when the follower closes.
            let _ = answers.send(Answered { token, answer }).await;
        }
    });
    futures_util::stream::iter(asked)
        .for_each_concurrent(PARALLEL_QUESTIONS, |question| question)
        .await;
}

/// The newest tasks that still run, by id. A list may trim its records: what ends a task is read in full.
async fn running(client: &Client) -> HashMap<String, Task> {
    let query = TaskQuery {
        model: None,
        start: 0,
        limit: BATCH_LIMIT,
    };
    let Ok(Ok(page)) = timeout(LONGEST_LIST, client.tasks(&query)).await else {
        return HashMap::new();
    };
    page.tasks
        .into_iter()
        .filter(|task| task.outcome() == TaskOutcome::Running)
        .filter_map(|task| Some((task.id.clone()?, task)))
        .collect()
}

/// Asks for one task. An answer about another task tells nothing about this one.
pub(crate) async fn answer_of(client: &Client, task: &TaskRef, patience: Duration) -> Answer {
    let answer = timeout(patience, client.task(task)).await;
    match answer {
        Ok(Ok(Some(told))) if is_about(&told, task) => Answer::Task(Box::new(told)),
        Ok(Ok(Some(_))) => failed("the service answered about another task"),
        Ok(Ok(None)) => Answer::NotFound,
        Ok(Err(error)) => Answer::Failed {
            refused: is_refused(&error),
            reason: error.to_string(),
        },
        Err(_) => failed("no answer in time"),
    }
}

fn failed(reason: &str) -> Answer {
    Answer::Failed {
        reason: reason.to_owned(),
        refused: false,
    }
}

fn is_about(told: &Task, asked: &TaskRef) -> bool {
    match (&told.id, &asked.id) {
        (Some(told), Some(asked)) => told == asked,
        _ => true,
    }
}

fn is_refused(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Auth | ErrorKind::Permission)
}
