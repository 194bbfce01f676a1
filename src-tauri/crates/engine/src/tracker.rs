//! Following tasks to their end: one actor and one socket per account.
//!
//! The socket is a hint that makes things quick; `Task/Detail` is the truth that ends a run. A task is asked for when it
//! is first followed, after every reconnect, every few seconds until the socket speaks of it, and once a minute beside it (`PROTOCOL.md` sections 7.1, 10.5, D-24). There is no deadline: a run that takes two hours takes two hours.

mod followed;

use futures_util::StreamExt;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout};
use wiro_client::error::{Error as ClientError, ErrorKind};
use wiro_client::secret::Secret;
use wiro_client::socket::{SocketConfig, SocketEvent, TaskEvent, TaskFrame, TaskSocket};
use wiro_client::tasks::{Task, TaskOutcome, TaskQuery, TaskRef};

use crate::accounts::Account;
use crate::care::Care;
use crate::downloads::text_of;
use crate::engine::{Engine, locked};
use crate::error::Error;
use crate::tracker::followed::Followed;

const COMMAND_CAPACITY: usize = 256;
/// From this many tasks that are due at the same time one list is asked for instead of each by itself.
const BATCH_FROM: usize = 3;
const BATCH_LIMIT: u32 = 100;
/// A list that takes longer saves no time: each task is asked for by itself.
const LONGEST_LIST: Duration = Duration::from_secs(5);
/// An answer that takes longer is none; its question must not keep the next one back.
const LONGEST_ANSWER: Duration = Duration::from_secs(45);
/// So many tasks are asked for at the same time; one slow answer must not hold the others back.
const PARALLEL_CHECKS: usize = 8;
/// After so many answers in a row that told nothing the person is told.
const SILENT_CHECKS: u32 = 3;

/// The trackers of all accounts.
#[derive(Debug, Default)]
pub(crate) struct Trackers {
    by_account: Mutex<HashMap<String, mpsc::Sender<Follow>>>,
}

#[derive(Debug)]
struct Follow {
    care: Care,
    task: TaskRef,
}

/// An answer of the service about a followed run.
struct Checked {
    run_id: String,
    answer: Result<Option<Task>, ClientError>,
}

impl Engine {
    /// Follows a run of this process to its end.
    pub(crate) async fn follow(
        &self,
        account: &Arc<Account>,
        care: Care,
        task_id: Option<String>,
        token: Option<Secret<String>>,
    ) {
        let follow = Follow {
            care,
            task: TaskRef { id: task_id, token },
        };
        if let Err(unsent) = self.tracker_of(account).send(follow).await {
            // Its care ends here: the next look takes the run up again.
            tracing::warn!(run_id = unsent.0.care.run_id(), "the tracker ended");
            locked(&self.inner.trackers.by_account).remove(&account.summary.id);
        }
    }

    fn tracker_of(&self, account: &Arc<Account>) -> mpsc::Sender<Follow> {
        let mut trackers = locked(&self.inner.trackers.by_account);
        trackers
            .entry(account.summary.id.clone())
            .or_insert_with(|| self.start_tracker(account))
            .clone()
    }

    fn start_tracker(&self, account: &Arc<Account>) -> mpsc::Sender<Follow> {
        let (commands, inbox) = mpsc::channel(COMMAND_CAPACITY);
        let tracker = Tracker::new(self.clone(), Arc::clone(account));
        self.spawn(tracker.run(inbox));
        commands
    }
}

/// The actor of one account. It alone owns the state of its followed runs.
struct Tracker {
    engine: Engine,
    account: Arc<Account>,
    socket: TaskSocket,
    socket_events: Option<mpsc::Receiver<SocketEvent>>,
    connected: bool,
    followed: HashMap<String, Followed>,
    run_by_token: HashMap<String, String>,
    checks: (mpsc::Sender<Checked>, Option<mpsc::Receiver<Checked>>),
}

impl Tracker {
    fn new(engine: Engine, account: Arc<Account>) -> Self {
        let (socket, socket_events) = TaskSocket::open(&account.endpoints, SocketConfig::default());
        let (sender, receiver) = mpsc::channel(COMMAND_CAPACITY);
        Self {
            engine,
            account,
            socket,
            socket_events: Some(socket_events),
            connected: false,
            followed: HashMap::new(),
            run_by_token: HashMap::new(),
            checks: (sender, Some(receiver)),
        }
    }

    async fn run(mut self, mut inbox: mpsc::Receiver<Follow>) {
        let (Some(mut socket_events), Some(mut checked)) =
            (self.socket_events.take(), self.checks.1.take())
        else {
            return;
        };
        loop {
            let next_check = self
                .followed
                .values()
                .filter_map(Followed::next_check)
                .min();
            tokio::select! {
                follow = inbox.recv() => match follow {
                    Some(follow) => self.start_following(follow),
                    None => return,
                },
                Some(event) = socket_events.recv() => self.take_socket_event(event).await,
                Some(checked) = checked.recv() => self.take_answer(checked).await,
                () = sleep_until(next_check) => self.check_due(),
            }
        }
    }

    fn start_following(&mut self, follow: Follow) {
        let run_id = follow.care.run_id().to_owned();
        if let Some(token) = &follow.task.token {
            self.run_by_token
                .insert(token.expose().clone(), run_id.clone());
            self.socket.follow(token.clone());
        }
        self.followed
            .insert(run_id, Followed::new(follow.care, follow.task));
        self.check_due();
    }

    async fn take_socket_event(&mut self, event: SocketEvent) {
        match event {
            SocketEvent::Connected => {
                self.connected = true;
                self.followed.values_mut().for_each(Followed::check_now);
                self.check_due();
            }
            SocketEvent::Disconnected { reason } => {
                tracing::info!(reason, "the task socket is down; asking instead");
                self.connected = false;
                self.followed.values_mut().for_each(Followed::unheard);
            }
            SocketEvent::Frame(frame) => self.take_frame(frame).await,
        }
    }

    async fn take_frame(&mut self, frame: TaskFrame) {
        let Some(run_id) = self.run_of(&frame) else {
            // A frame that names no task is never guessed: Task/Detail decides.
            if matches!(
                frame.event,
                TaskEvent::Finished { .. } | TaskEvent::Cancelled
            ) {
                self.followed.values_mut().for_each(Followed::check_now);
                self.check_due();
            }
            return;
        };
        let Some(followed) = self.followed.get_mut(&run_id) else {
            return;
        };
        followed.heard(self.connected);
        match frame.event {
            TaskEvent::Finished { .. } | TaskEvent::Cancelled => {
                followed.ended();
                self.check_due();
            }
            event => {
                if let Err(error) = self.engine.take_hint(&run_id, followed, event).await {
                    tracing::warn!(%error, run_id, "a step of a run could not be written down");
                }
            }
        }
    }

    /// The followed run that a frame names, by its token or else by the task's id.
    fn run_of(&self, frame: &TaskFrame) -> Option<String> {
        if let Some(token) = &frame.token {
            return self.run_by_token.get(token.expose()).cloned();
        }
        let id = frame.task_id.as_ref()?;
        let named = |(_, followed): &(&String, &Followed)| followed.task_id() == Some(id);
        self.followed
            .iter()
            .find(named)
            .map(|(run_id, _)| run_id.clone())
    }

    /// Runs that another process took over are its business now.
    fn drop_lost(&mut self) {
        let lost: Vec<String> = self
            .followed
            .iter()
            .filter(|(_, followed)| followed.is_lost())
            .map(|(run_id, _)| run_id.clone())
            .collect();
        for run_id in lost {
            self.stop_following(&run_id);
        }
    }

    fn stop_following(&mut self, run_id: &str) -> Option<Followed> {
        let followed = self.followed.remove(run_id)?;
        if let Some(token) = followed.token() {
            self.run_by_token.remove(token.expose());
            self.socket.unfollow(token.expose());
        }
        Some(followed)
    }

    /// Asks the service about every run that is due.
    fn check_due(&mut self) {
        self.drop_lost();
        let now = Instant::now();
        let due: Vec<(String, TaskRef)> = self
            .followed
            .iter_mut()
            .filter(|(_, followed)| followed.is_due(now))
            .map(|(run_id, followed)| (run_id.clone(), followed.begin_check()))
            .collect();
        if due.is_empty() {
            return;
        }
        let account = Arc::clone(&self.account);
        let answers = self.checks.0.clone();
        self.engine
            .spawn(async move { ask(&account, due, &answers).await });
    }

    async fn take_answer(&mut self, checked: Checked) {
        let Some(followed) = self.followed.get_mut(&checked.run_id) else {
            return;
        };
        // An answer about another task tells nothing about this one.
        let checked = Checked {
            answer: checked
                .answer
                .map(|task| task.filter(|task| followed.may_be(task))),
            ..checked
        };
        let silent = !matches!(checked.answer, Ok(Some(_)));
        let silences = followed.end_check(self.connected, silent);
        match checked.answer {
            Ok(Some(task)) => {
                // What stands in the way of collecting is over only when it is collected.
                if task.outcome() == TaskOutcome::Running {
                    self.engine.trouble_over(&checked.run_id);
                }
                self.take_task(checked.run_id, task).await;
            }
            Ok(None) => {
                tracing::info!(
                    run_id = checked.run_id,
                    "the service does not find the task"
                );
                if silences >= SILENT_CHECKS {
                    self.engine
                        .trouble(&checked.run_id, &Error::TaskUnknown.into());
                }
            }
            Err(error) => {
                tracing::info!(%error, run_id = checked.run_id, "the task could not be asked for");
                let refused = matches!(error.kind(), ErrorKind::Auth | ErrorKind::Permission);
                if refused || silences >= SILENT_CHECKS {
                    self.engine
                        .trouble(&checked.run_id, &Error::from(error).into());
                }
            }
        }
    }

    async fn take_task(&mut self, run_id: String, task: Task) {
        self.learn(&run_id, &task).await;
        let Some(followed) = self.followed.get_mut(&run_id) else {
            return;
        };
        let outcome = task.outcome();
        // While the socket speaks it tells every status in order; an answer that overtakes it would leave some out.
        if outcome != TaskOutcome::Running || !followed.is_heard() {
            let noted = self
                .engine
                .note_status(&run_id, followed, task.status.as_str());
            if let Err(error) = noted.await {
                tracing::warn!(%error, run_id, "a status could not be written down");
            }
        }
        let waits_for_exit_code = task.pexit.is_none() && followed.wait_for_exit_code(&task);
        if outcome != TaskOutcome::Running && !waits_for_exit_code {
            self.conclude(&run_id, task, outcome);
        }
    }

    /// Keeps what the service told of the task's names: in the library first, then for the socket.
    async fn learn(&mut self, run_id: &str, task: &Task) {
        let Some(followed) = self.followed.get_mut(run_id) else {
            return;
        };
        if !followed.has_news(task) {
            return;
        }
        let (id, token) = (task.id.as_deref(), task.token.as_ref());
        if let Err(error) = self.engine.write_names(run_id, id, token).await {
            tracing::warn!(%error, run_id, "the names of a task could not be written down");
            return;
        }
        let Some(followed) = self.followed.get_mut(run_id) else {
            return;
        };
        if let Some(token) = followed.learn(task) {
            self.run_by_token
                .insert(token.expose().clone(), run_id.to_owned());
            self.socket.follow(token);
        }
    }

    /// Hands the finished task over to collecting; from here on no frame and no answer about it counts.
    fn conclude(&mut self, run_id: &str, task: Task, outcome: TaskOutcome) {
        let Some(followed) = self.stop_following(run_id) else {
            return;
        };
        if let Some(rest) = text_of(&task).and_then(|text| followed.untold(&text)) {
            self.engine.tell_text(run_id, rest);
        }
        let (engine, account) = (self.engine.clone(), Arc::clone(&self.account));
        let (run_id, care) = (run_id.to_owned(), followed.into_care());
        self.engine.spawn(async move {
            if let Err(error) = engine.collect(&account, care, task, outcome).await {
                // Its care ended with the error: it is taken up again.
                tracing::info!(%error, run_id, "a finished run could not be kept");
                engine.tell_paused(&run_id, error);
            }
        });
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Asks for each task, or for the list when many are due; what the list does not show is asked for by itself.
async fn ask(account: &Account, due: Vec<(String, TaskRef)>, answers: &mpsc::Sender<Checked>) {
    let mut listed: HashMap<String, Task> = HashMap::new();
    let query = TaskQuery {
        model: None,
        start: 0,
        limit: BATCH_LIMIT,
    };
    if due.len() >= BATCH_FROM
        && let Ok(Ok(page)) = timeout(LONGEST_LIST, account.client.tasks(&query)).await
    {
        listed = page
            .tasks
            .into_iter()
            .filter_map(|task| Some((task.id.clone()?, task)))
            .collect();
    }
    let asked = due.into_iter().map(|(run_id, reference)| {
        let known = reference.id.as_ref().and_then(|id| listed.remove(id));
        async move {
            let answer = match known {
                // A list may trim its records: what ends a run is read in full.
                Some(task) if task.outcome() == TaskOutcome::Running => Ok(Some(task)),
                _ => match timeout(LONGEST_ANSWER, account.client.task(&reference)).await {
                    Ok(answer) => answer,
                    Err(Elapsed { .. }) => Ok(None),
                },
            };
            // Nobody is left to hear it when the engine closes.
            let _ = answers.send(Checked { run_id, answer }).await;
        }
    });
    futures_util::stream::iter(asked)
        .for_each_concurrent(PARALLEL_CHECKS, |check| check)
        .await;
}
