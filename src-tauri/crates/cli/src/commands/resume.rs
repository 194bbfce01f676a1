//! `wiro tasks resume`.

use wiro_engine::Engine;
use wiro_engine::dto::{AppError, ErrorCode};

use super::follow::{Follower, Through};
use super::report;
use crate::context::Context;
use crate::exit::Exit;
use crate::printer::Printer;
use crate::session::Need;

pub(crate) async fn run(context: &Context) -> Result<Exit, AppError> {
    let printer = context.printer;
    let session = context.open(Need::Everything).await?;
    let engine = &session.engine;
    let mut follower = Follower::new(engine, printer);
    let pending = engine.resumable().await?;
    for run_id in &pending {
        follower.add(&engine.run_show(run_id).await?.summary, true);
    }
    tell_of_others(engine, printer).await?;
    context.follows_everything();
    let mut worst = Worst::default();
    while let Some((run_id, through)) = follower.next().await? {
        let detail = engine.run_show(&run_id).await?;
        let ended = match through {
            Through::Stuck(error) => Err(error),
            Through::Accepted | Through::Settled => report::verdict(&detail, printer),
        };
        printer.result(&report::named_result(&detail), || report::ended(&detail));
        worst.count(ended);
    }
    worst.verdict()
}

/// Silence would read as if nothing were left.
async fn tell_of_others(engine: &Engine, printer: Printer) -> Result<(), AppError> {
    let others = engine.runs_of_other_accounts().await?;
    if others > 0 {
        printer.note(&format!(
            "{others} unfinished runs belong to accounts that neither flags nor environment name"
        ));
    }
    Ok(())
}

/// One exit code for all: what a later `resume` can still mend weighs most.
#[derive(Debug, Default)]
struct Worst {
    error: Option<AppError>,
    a_task_failed: bool,
}

impl Worst {
    fn count(&mut self, ended: Result<Exit, AppError>) {
        match ended {
            // It was never sent: nothing is left to fetch, and nothing was charged.
            Err(error) if error.code == ErrorCode::Interrupted => {}
            Err(error) => {
                let heavier = |old: &AppError| Exit::of(&error).weight() > Exit::of(old).weight();
                if self.error.as_ref().is_none_or(heavier) {
                    self.error = Some(error);
                }
            }
            Ok(Exit::Success) => {}
            Ok(_) => self.a_task_failed = true,
        }
    }

    fn verdict(self) -> Result<Exit, AppError> {
        match self.error {
            Some(error) => Err(error),
            None if self.a_task_failed => Ok(Exit::TaskFailed),
            None => Ok(Exit::Success),
        }
    }
}

#[cfg(test)]
mod tests {
    use wiro_engine::dto::SuggestedAction;

    use super::*;
    use crate::exit::made;

    fn error(code: ErrorCode) -> Result<Exit, AppError> {
        Err(made(code, SuggestedAction::None, "why"))
    }

    #[test]
    fn the_worst_end_decides_and_what_was_never_sent_does_not_count() {
        let check = |ends: Vec<Result<Exit, AppError>>, expected: Exit| {
            let mut worst = Worst::default();
            let shown = format!("{ends:?}");
            for end in ends {
                worst.count(end);
            }
            let exit = worst.verdict().unwrap_or_else(|error| Exit::of(&error));
            assert_eq!(exit, expected, "{shown}");
        };
        check(vec![], Exit::Success);
        check(
            vec![Ok(Exit::Success), error(ErrorCode::Interrupted)],
            Exit::Success,
        );
        check(
            vec![Ok(Exit::TaskFailed), Ok(Exit::Success)],
            Exit::TaskFailed,
        );
        check(
            vec![error(ErrorCode::RunUnconfirmed), Ok(Exit::TaskFailed)],
            Exit::Network,
        );
        check(
            vec![
                error(ErrorCode::RunUnconfirmed),
                error(ErrorCode::DiskFull),
                error(ErrorCode::RunRefused),
            ],
            Exit::Local,
        );
    }
}
