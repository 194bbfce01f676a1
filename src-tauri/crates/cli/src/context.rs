//! One invocation: its flags, and what was opened for it.

use std::sync::{Mutex, PoisonError};

use tokio::sync::OnceCell;
use wiro_engine::dto::{AppError, ErrorCode, RunState, SuggestedAction};

use crate::args::Global;
use crate::exit::made;
use crate::printer::Printer;
use crate::session::{Need, Session};

/// What the commands share. It outlives them, so that whatever they opened is closed however they end.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) global: Global,
    pub(crate) printer: Printer,
    session: OnceCell<Session>,
    followed: Mutex<Followed>,
}

/// What is being followed when an interrupt comes.
#[derive(Debug, Default)]
enum Followed {
    #[default]
    Nothing,
    Run(String),
    Everything,
}

impl Context {
    pub(crate) fn new(global: Global, printer: Printer) -> Self {
        Self {
            global,
            printer,
            session: OnceCell::new(),
            followed: Mutex::default(),
        }
    }

    /// Opens the engine. A command does so once.
    pub(crate) async fn open(&self, need: Need<'_>) -> Result<&Session, AppError> {
        self.session
            .get_or_try_init(|| Box::pin(Session::open(&self.global, need, self.printer)))
            .await
    }

    /// From here on there is a run whose results an interrupt would leave to a later `tasks resume`.
    pub(crate) fn follows(&self, run_id: &str) {
        self.set(Followed::Run(run_id.to_owned()));
    }

    /// The same for all unfinished runs.
    pub(crate) fn follows_everything(&self) {
        self.set(Followed::Everything);
    }

    fn set(&self, followed: Followed) {
        *self.followed.lock().unwrap_or_else(PoisonError::into_inner) = followed;
    }

    /// What an interrupt leaves behind, and how to go on.
    pub(crate) async fn interrupted(&self) -> AppError {
        let followed =
            std::mem::take(&mut *self.followed.lock().unwrap_or_else(PoisonError::into_inner));
        let message = match (followed, self.session.get()) {
            (Followed::Run(run_id), Some(session)) => after_run(session, &run_id).await,
            (Followed::Everything, Some(_)) => {
                "interrupted; the tasks go on, `wiro tasks resume` fetches their results"
            }
            _ => {
                return interruption(
                    "interrupted before anything was sent",
                    SuggestedAction::None,
                );
            }
        };
        interruption(message, SuggestedAction::CheckRun)
    }

    /// Gives the runs back and writes what is pending.
    pub(crate) async fn close(self) -> Result<(), AppError> {
        match self.session.into_inner() {
            Some(session) => session.close().await,
            None => Ok(()),
        }
    }
}

async fn after_run(session: &Session, run_id: &str) -> &'static str {
    let detail = session.engine.run_show(run_id).await;
    let accepted = detail.is_ok_and(|detail| {
        matches!(
            detail.summary.state,
            RunState::Running | RunState::Collecting
        )
    });
    if !accepted {
        "interrupted before the service answered; `wiro tasks resume` looks whether the task started"
    } else if session.serves() {
        "interrupted; the Sandbox ends with this program, `wiro tasks resume` lets it compute the task anew"
    } else {
        "interrupted; the task goes on, `wiro tasks resume` fetches its results"
    }
}

fn interruption(message: &str, action: SuggestedAction) -> AppError {
    made(ErrorCode::Interrupted, action, message)
}
