//! Following tasks to their end: one actor and one socket per account.
//!
//! The socket is a hint that makes things quick; `Task/Detail` is the truth that ends a run. A task is asked for when it
//! is first followed, after every reconnect, every few seconds until the socket speaks of it, and once a minute beside it (`PROTOCOL.md` sections 7.1, 10.5, D-24). There is no deadline: a run that takes two hours takes two hours.

mod followed;

use futures_util::StreamExt;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
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
    by_account: Mutex<HashMap<String, mpsc::Sender<Command>>>,
}

impl Trackers {
    /// Ends the tracker of an account: it gives its runs back, to be taken up anew.
    pub(crate) fn end(&self, account_id: &str) {
        locked(&self.by_account).remove(account_id);
    }

    fn of(&self, account_id: &str) -> Option<mpsc::Sender<Command>> {
        locked(&self.by_account).get(account_id).cloned()
    }
}

/// What a tracker is asked to do.
#[derive(Debug)]
enum Command {
    Follow(Follow),
    /// Something was done about the run's task: ask the service how it stands.
    Look(String),
    /// Nobody is interested in the run any more.
    Drop(String, oneshot::Sender<()>),
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
        let follow = Command::Follow(follow);
        if self.tracker_of(account).send(follow).await.is_err() {
            // Its care ends here: the next look takes the run up again.
            tracing::warn!("the tracker ended");
            self.inner.trackers.end(&account.summary.id);
        }
    }

    /// Asks the service soon how a followed run stands.
    pub(crate) async fn look_at_task(&self, account_id: &str, run_id: &str) {
        if let Some(tracker) = self.inner.trackers.of(account_id) {
            // One that ended follows nothing.
            let _ = tracker.send(Command::Look(run_id.to_owned())).await;
        }
    }

    /// Stops following a run of this process; its care is free when this returns.
    pub(crate) async fn stop_following(&self, account_id: &str, run_id: &str) {
        let (dropped, done) = oneshot::channel();
        if let Some(tracker) = self.inner.trackers.of(account_id) {
            let _ = tracker
                .send(Command::Drop(run_id.to_owned(), dropped))
                .await;
            let _ = done.await;
        }
    }

    fn tracker_of(&self, account: &Arc<Account>) -> mpsc::Sender<Command> {
        let mut trackers = locked(&self.inner.trackers.by_account);
        trackers
            .entry(account.summary.id.clone())
            .or_insert_with(|| self.start_tracker(account))
            .clone()
    }

    fn start_tracker(&self, account: &Arc<Account>) -> mpsc::Sender<Command> {
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
    /// When the next run is due, or earlier: planned when that changes, not at every event of a thousand runs.
    next_check: Option<Instant>,
    checks: (mpsc::Sender<Checked>, Option<mpsc::Receiver<Checked>>),
}

impl Tracker {
    fn new(engine: Engine, account: Arc<Account>) -> Self {
        let config = SocketConfig {
            proxy: account.proxy.clone(),
            ..SocketConfig::default()
        };
        let (socket, socket_events) = TaskSocket::open(&account.endpoints, config);
        let (sender, receiver) = mpsc::channel(COMMAND_CAPACITY);
        Self {
            engine,
            account,
            socket,
            socket_events: Some(socket_events),
            connected: false,
            followed: HashMap::new(),
            run_by_token: HashMap::new(),
            next_check: None,
            checks: (sender, Some(receiver)),
        }
    }

    async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        let (Some(mut socket_events), Some(mut checked)) =
            (self.socket_events.take(), self.checks.1.take())
        else {
            return;
        };
        loop {
            tokio::select! {
                command = inbox.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
                Some(event) = socket_events.recv() => self.take_socket_event(event).await,
                Some(checked) = checked.recv() => {
                    self.take_answer(checked).await;
                    self.plan();
                }
                () = sleep_until(self.next_check) => self.check_due(),
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Follow(follow) => self.start_following(follow),
            Command::Look(run_id) => {
                if let Some(followed) = self.followed.get_mut(&run_id) {
                    followed.expect_end();
                    self.check_run(&run_id);
                }
            }
            Command::Drop(run_id, done) => {
                drop(self.stop_following(&run_id));
                // Whoever asked may have gone.
                let _ = done.send(());
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
                self.plan();
            }
            SocketEvent::Frame(frame) => self.take_frame(frame).await,
            // Nothing is followed here but tasks.
            SocketEvent::Other(_) => {}
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
                self.check_run(&run_id);
            }
            event => {
                if let Err(error) = self.engine.take_hint(&run_id, followed, event).await {
                    tracing::warn!(%error, run_id, "a step of a run could not be written down");
                }
                followed.watch_preparation();
                let due = followed.next_check();
                self.next_check = self.next_check.into_iter().chain(due).min();
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
        self.plan();
        self.ask(due);
    }

    /// Asks the service about one run, unless it is being asked.
    fn check_run(&mut self, run_id: &str) {
        let now = Instant::now();
        let due = self.followed.get_mut(run_id);
        let due = due.filter(|followed| followed.is_due(now));
        let due = due.map(|followed| (run_id.to_owned(), followed.begin_check()));
        self.ask(due.into_iter().collect());
    }

    fn plan(&mut self) {
        let checks = self.followed.values().filter_map(Followed::next_check);
        self.next_check = checks.min();
    }

    fn ask(&self, due: Vec<(String, TaskRef)>) {
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
