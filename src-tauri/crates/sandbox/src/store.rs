//! Tasks, files and the wallet, on disk in the Sandbox's own folder.
//!
//! One file a task, replaced whole by rename, so that a killed process leaves either the old or the new record.
//! The wallet is what was credited minus the costs in the task files: a charge and the final state of its task
//! cannot come apart. Writes are small and happen under the lock on purpose: their order is the order of the
//! changes.

mod deletion;
mod disk;
mod wallet;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rust_decimal::Decimal;
use serde_json::{Map, Value};
use tokio::sync::Notify;

use crate::catalogue::normalised;
use crate::error::Error;
use crate::identity;
use crate::task::{InputList, Output, Status, StoredFile, Task, now_ms};
pub(crate) use disk::Keep;
pub(crate) use disk::{read_json, write_json};
pub(crate) use wallet::{concurrency_limit, shown_balance};

/// The first task of a new folder gets the number after this.
const FIRST_ID: u64 = 1000;

/// Below this a `Run` is refused with code 97 (`PROTOCOL.md` section 3.4).
const FLOOR_USD: Decimal = Decimal::from_parts(50, 0, 0, false, 2);

/// The same for a run that trains a model.
const TRAINING_FLOOR_USD: Decimal = Decimal::TEN;

/// Tasks, files and the wallet of one folder.
pub(crate) struct Store {
    dir: PathBuf,
    inner: Mutex<Inner>,
    queued: Notify,
}

struct Inner {
    tasks: BTreeMap<u64, Task>,
    tokens: HashMap<String, u64>,
    queue: VecDeque<u64>,
    next: u64,
    /// What was credited; the balance is this minus all costs.
    credit: Decimal,
    spent: Decimal,
}

/// How often a model ran, for its `taskstat`.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) runs: u64,
    pub(crate) successes: u64,
    pub(crate) errors: u64,
    pub(crate) last_ms: Option<u64>,
}

/// A validated run, about to become a task.
pub(crate) struct NewTask {
    pub(crate) owner: String,
    pub(crate) project: String,
    pub(crate) description: String,
    pub(crate) encoding: &'static str,
    pub(crate) parameters: Map<String, Value>,
    pub(crate) callback: Option<String>,
    /// Set when it trains a model.
    pub(crate) training: Option<Training>,
}

/// What a training run makes.
pub(crate) struct Training {
    /// Blank where the model asks for none.
    pub(crate) name: String,
}

/// Why no task was created.
pub(crate) enum NotCreated {
    Balance,
    Concurrency { balance: Decimal, limit: usize },
    NameTaken,
    Disk(Error),
}

impl<E: Into<Error>> From<E> for NotCreated {
    fn from(error: E) -> Self {
        Self::Disk(error.into())
    }
}

/// How a task ended.
pub(crate) struct Ending {
    pub(crate) status: Status,
    pub(crate) pexit: String,
    /// On top of what was charged while it ran.
    pub(crate) cost: Decimal,
    /// When; by then the cost was known.
    pub(crate) end_ms: u64,
    pub(crate) debug_output: String,
    pub(crate) debug_error: String,
    pub(crate) outputs: Vec<Output>,
}

impl Ending {
    /// Ended without having produced anything.
    pub(crate) fn early(status: Status, debug_error: String) -> Self {
        Self {
            status,
            pexit: String::new(),
            cost: Decimal::ZERO,
            end_ms: now_ms(),
            debug_output: String::new(),
            debug_error,
            outputs: Vec::new(),
        }
    }
}

impl Store {
    /// Reads the folder. What was running when the last process ended becomes `task_error`; what still waited in
    /// the queue waits again.
    pub(crate) fn open(dir: &Path, balance: Option<Decimal>) -> Result<Self, Error> {
        let disk::Found { mut tasks, last_id } = disk::read_tasks(dir)?;
        for task in tasks.values_mut() {
            if task.status != Status::Queue && !task.status.is_terminal() {
                let note = format!(
                    "The Sandbox stopped while this task was in {}.",
                    task.status.name()
                );
                finish(task, Ending::early(Status::Error, note));
                disk::write_task(dir, task, Keep::Durably)?;
                disk::remove_leftovers(dir, task);
            }
            if task.files_deleted {
                disk::remove_files(dir, task.id)?;
            }
        }
        let spent = tasks
            .values()
            .map(|task| task.cost.max(Decimal::ZERO))
            .fold(Decimal::ZERO, Decimal::saturating_add);
        let credit = wallet::open(dir, balance, spent)?;
        let inner = Inner {
            tokens: tasks
                .values()
                .map(|task| (task.token.clone(), task.id))
                .collect(),
            queue: tasks
                .values()
                .filter(|task| task.status == Status::Queue)
                .map(|task| task.id)
                .collect(),
            next: last_id.unwrap_or(FIRST_ID).max(FIRST_ID).saturating_add(1),
            tasks,
            credit,
            spent,
        };
        Ok(Self {
            dir: dir.to_owned(),
            inner: Mutex::new(inner),
            queued: Notify::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where uploads land before their task exists. Emptied at each start.
    pub(crate) fn incoming(&self) -> PathBuf {
        self.dir.join(disk::INCOMING)
    }

    /// Where a task's file lies.
    pub(crate) fn file_path(&self, task: u64, file: &StoredFile) -> PathBuf {
        self.file_dir(task, &file.key).join(&file.file)
    }

    pub(crate) fn file_dir(&self, task: u64, key: &str) -> PathBuf {
        self.dir.join(disk::FILES).join(task.to_string()).join(key)
    }

    pub(crate) fn balance(&self) -> Decimal {
        let inner = self.lock();
        inner.credit.saturating_sub(inner.spent)
    }

    /// Enforces balance and concurrency, then makes the task durable and queues it. `place` moves the uploaded
    /// files to the new task and returns what it takes in.
    pub(crate) fn create(
        &self,
        new: NewTask,
        place: impl FnOnce(u64) -> Result<Vec<InputList>, Error>,
    ) -> Result<Task, NotCreated> {
        let mut inner = self.lock();
        let balance = inner.credit.saturating_sub(inner.spent);
        let floor = match new.training {
            Some(_) => TRAINING_FLOOR_USD,
            None => FLOOR_USD,
        };
        if balance < floor {
            return Err(NotCreated::Balance);
        }
        let trained_model = new.training.map(|training| training.name);
        let trained_model = trained_model.filter(|name| !name.is_empty());
        if inner
            .tasks
            .values()
            .any(|task| task.holds(trained_model.as_deref()))
        {
            return Err(NotCreated::NameTaken);
        }
        let active = inner
            .tasks
            .values()
            .filter(|task| !task.status.is_terminal())
            .count();
        if let Some(limit) = concurrency_limit(balance)
            && active >= limit
        {
            return Err(NotCreated::Concurrency { balance, limit });
        }
        let id = inner.next;
        let task = Task {
            id,
            token: identity::task_token()?,
            owner: new.owner,
            project: new.project,
            description: new.description,
            encoding: new.encoding.to_owned(),
            parameters: new.parameters,
            inputs: place(id)?,
            callback: new.callback,
            trained_model,
            status: Status::Queue,
            pexit: String::new(),
            debug_output: String::new(),
            debug_error: String::new(),
            created_ms: now_ms(),
            start_ms: None,
            end_ms: None,
            elapsed: Decimal::ZERO,
            cost: Decimal::ZERO,
            outputs: Vec::new(),
            files_deleted: false,
        };
        disk::write_task(&self.dir, &task, Keep::Durably)?;
        inner.next += 1;
        inner.tokens.insert(task.token.clone(), id);
        inner.tasks.insert(id, task.clone());
        inner.queue.push_back(id);
        drop(inner);
        self.queued.notify_one();
        Ok(task)
    }

    /// The oldest queued task, once there is one. It stays in `task_queue` until [`Store::accept`].
    pub(crate) async fn next_queued(&self) -> Task {
        loop {
            let taken = {
                let mut inner = self.lock();
                let id = inner.queue.pop_front();
                if !inner.queue.is_empty() {
                    self.queued.notify_one();
                }
                id.and_then(|id| inner.tasks.get(&id).cloned())
            };
            match taken {
                Some(task) if task.status == Status::Queue => return task,
                Some(_) => {}
                None => self.queued.notified().await,
            }
        }
    }

    /// A worker takes the task, unless it was cancelled meanwhile.
    pub(crate) fn accept(&self, id: u64) -> io::Result<bool> {
        self.advance(id, Status::Accept, |task| {
            let queued = task.status == Status::Queue;
            if queued {
                task.start_ms = Some(now_ms());
            }
            queued
        })
    }

    /// Moves a running task on, unless it was killed meanwhile.
    pub(crate) fn step(&self, id: u64, status: Status) -> io::Result<bool> {
        self.advance(id, status, |task| !task.status.is_terminal())
    }

    fn advance(
        &self,
        id: u64,
        status: Status,
        may: impl FnOnce(&mut Task) -> bool,
    ) -> io::Result<bool> {
        let mut inner = self.lock();
        let Some(mut task) = inner.tasks.get(&id).cloned() else {
            return Ok(false);
        };
        if !may(&mut task) {
            return Ok(false);
        }
        task.status = status;
        // First the disk: what could not be written did not happen.
        disk::write_task(&self.dir, &task, Keep::Cheaply)?;
        inner.tasks.insert(id, task);
        Ok(true)
    }

    /// Puts what is running back into the queue, to be computed anew by the next start. What can be done only once is left
    /// as it is.
    pub(crate) fn requeue(&self, again: impl Fn(&Task) -> bool) -> io::Result<()> {
        let mut inner = self.lock();
        for task in inner.tasks.values_mut() {
            if task.status == Status::Queue || task.status.is_terminal() || !again(task) {
                continue;
            }
            let mut again = task.clone();
            again.status = Status::Queue;
            again.start_ms = None;
            again.debug_output.clear();
            again.debug_error.clear();
            disk::write_task(&self.dir, &again, Keep::Durably)?;
            *task = again;
            disk::remove_leftovers(&self.dir, task);
        }
        Ok(())
    }

    /// What was printed so far, so that polling shows it while the task runs.
    pub(crate) fn note_output(&self, id: u64, debug_output: &str, debug_error: &str) {
        if let Some(task) = self
            .lock()
            .tasks
            .get_mut(&id)
            .filter(|task| !task.status.is_terminal())
        {
            debug_output.clone_into(&mut task.debug_output);
            debug_error.clone_into(&mut task.debug_error);
        }
    }

    /// Ends a task and charges it, both with one write. `false` if it had ended already or `may` says no.
    pub(crate) fn finish_if(
        &self,
        id: u64,
        may: impl FnOnce(Status) -> bool,
        ending: Ending,
    ) -> io::Result<bool> {
        let mut inner = self.lock();
        let Some(task) = inner.tasks.get(&id) else {
            return Ok(false);
        };
        if task.status.is_terminal() || !may(task.status) {
            return Ok(false);
        }
        let mut ended = task.clone();
        let cost = ending.cost;
        finish(&mut ended, ending);
        disk::write_task(&self.dir, &ended, Keep::Durably)?;
        inner.spent = inner.spent.saturating_add(cost);
        inner.tasks.insert(id, ended);
        Ok(true)
    }

    /// Charges a turn of a running session; what the session cost so far, or nothing if it has ended.
    pub(crate) fn charge_turn(&self, id: u64, usd: Decimal) -> io::Result<Option<Decimal>> {
        let mut inner = self.lock();
        let running = inner.tasks.get(&id);
        let Some(mut task) = running.filter(|task| !task.status.is_terminal()).cloned() else {
            return Ok(None);
        };
        task.cost = task.cost.saturating_add(usd);
        disk::write_task(&self.dir, &task, Keep::Durably)?;
        inner.spent = inner.spent.saturating_add(usd);
        let so_far = task.cost;
        inner.tasks.insert(id, task);
        Ok(Some(so_far))
    }

    /// Ends a task that could not be carried to its end, in memory at least: one that stayed in between would hold its
    /// place among the active ones for ever. The next start makes the same of it.
    pub(crate) fn abandon(&self, id: u64, reason: &str) {
        let mut inner = self.lock();
        let Some(task) = inner
            .tasks
            .get_mut(&id)
            .filter(|task| !task.status.is_terminal())
        else {
            return;
        };
        finish(task, Ending::early(Status::Error, reason.to_owned()));
        if let Err(error) = disk::write_task(&self.dir, task, Keep::Durably) {
            tracing::error!(%error, task = id, "an abandoned task could not be written");
        }
        disk::remove_leftovers(&self.dir, task);
    }

    pub(crate) fn task(&self, id: u64) -> Option<Task> {
        self.lock().tasks.get(&id).cloned()
    }

    pub(crate) fn id_of(&self, token: &str) -> Option<u64> {
        self.lock().tokens.get(token).copied()
    }

    pub(crate) fn status(&self, id: u64) -> Option<Status> {
        self.lock().tasks.get(&id).map(|task| task.status)
    }

    /// The tasks whose model's slug contains `model`, as it stands or normalised, oldest first.
    pub(crate) fn tasks_of(&self, model: &str) -> Vec<u64> {
        let (plain, model) = (normalised(model), model.to_lowercase());
        let inner = self.lock();
        let of_model = inner.tasks.values().filter(|task| {
            let slug = task.slug();
            slug.to_lowercase().contains(&model)
                || (!plain.is_empty() && normalised(&slug).contains(&plain))
        });
        of_model.map(|task| task.id).collect()
    }

    pub(crate) fn tally(&self, owner: &str, project: &str) -> Tally {
        let inner = self.lock();
        let of_model = inner
            .tasks
            .values()
            .filter(|task| task.owner == owner && task.project == project);
        of_model.fold(Tally::default(), |tally, task| {
            let ended = matches!(task.status, Status::PostprocessEnd | Status::Error);
            let success = task.status == Status::PostprocessEnd && task.pexit == "0";
            Tally {
                runs: tally.runs + 1,
                successes: tally.successes + u64::from(success),
                errors: tally.errors + u64::from(ended && !success),
                last_ms: tally.last_ms.max(Some(task.created_ms)),
            }
        })
    }

    /// The file behind `/files/{task}/{key}/{name}`.
    pub(crate) fn file(&self, id: u64, key: &str, name: &str) -> Option<(PathBuf, StoredFile)> {
        let task = self.task(id).filter(|task| !task.files_deleted)?;
        let inputs = task
            .inputs
            .into_iter()
            .flat_map(|list| list.values)
            .filter_map(|input| match input {
                crate::task::Input::Stored(file) => Some(file),
                crate::task::Input::Url(_) => None,
            });
        let file = inputs
            .chain(task.outputs.into_iter().filter_map(Output::into_file))
            .find(|file| file.key == key && file.file == name)?;
        Some((self.file_path(id, &file), file))
    }
}

fn finish(task: &mut Task, ending: Ending) {
    task.status = ending.status;
    task.pexit = ending.pexit;
    task.cost = task.cost.saturating_add(ending.cost);
    if !ending.debug_output.is_empty() {
        task.debug_output = ending.debug_output;
    }
    if !ending.debug_error.is_empty() {
        task.debug_error = ending.debug_error;
    }
    task.outputs = ending.outputs;
    task.elapsed = task.elapsed_until(ending.end_ms);
    task.end_ms = Some(ending.end_ms);
}
