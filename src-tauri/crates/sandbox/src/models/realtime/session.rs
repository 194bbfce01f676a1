//! One session: the model on one side, the task's frames, the wallet and the clock on the other.

use std::io;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::pcm;
use super::{Act, Kind, Model};
use crate::models::{Done, Job};
use crate::switchboard::{Input, Line};
use crate::worker::Console;

/// How long a session waits for somebody to listen before it gives up.
const FIRST_LISTENER: Duration = Duration::from_secs(30);

/// How long it goes on while nobody says anything: no frame comes and the model has nothing to do.
const IDLE: Duration = Duration::from_mins(2);

/// Holds a session to its end.
pub(crate) async fn hold(kind: Kind, job: &Job, console: &Console) -> Done {
    let model = match kind.model(&job.parameters) {
        Ok(model) => model,
        Err(problem) => return Done::failed(console, 1, &problem),
    };
    tokio::select! {
        biased;
        () = console.cancelled.cancelled() => return Done::stopped(),
        () = console.audience() => {}
        () = tokio::time::sleep(FIRST_LISTENER) => {
            let problem = format!("Nobody listened within {} s.", FIRST_LISTENER.as_secs());
            return Done::failed(console, 1, &problem);
        }
    }
    let line = console.open_line();
    console.stream("task_stream_ready");
    let session = Session {
        model,
        console,
        line,
        active: Instant::now(),
        told_of_odd: false,
    };
    match session.run().await {
        Ok(done) => done,
        Err(error) => Done::failed(console, 1, &format!("A turn could not be charged: {error}")),
    }
}

struct Session<'a> {
    model: Box<dyn Model>,
    console: &'a Console,
    line: Line,
    /// When somebody last said something, or the model did.
    active: Instant,
    told_of_odd: bool,
}

/// What happens next in a session.
enum Event {
    Said(Input),
    Due,
    Deserted,
    Idle,
    Stopped,
}

impl Session<'_> {
    async fn run(mut self) -> io::Result<Done> {
        let mut acts = self.model.begin(Instant::now());
        while self.perform(acts)?.is_continue() {
            acts = match self.next().await {
                Event::Stopped => return Ok(Done::stopped()),
                // The provider stops charging: what was not said to its end is not paid for (section 12.6).
                Event::Deserted => {
                    self.console
                        .warn("The client disconnected, so the session was ended.");
                    break;
                }
                Event::Idle => {
                    let note = format!(
                        "Nothing was said for {} s, so the session was ended.",
                        IDLE.as_secs()
                    );
                    self.console.warn(&note);
                    self.model.end(Instant::now())
                }
                Event::Due => self.model.wake(Instant::now()),
                Event::Said(input) => self.take(input),
            };
        }
        Ok(Done::without_outputs(0))
    }

    async fn next(&mut self) -> Event {
        let due = self.model.due();
        let idle = self.active + IDLE;
        tokio::select! {
            biased;
            () = self.console.cancelled.cancelled() => Event::Stopped,
            () = until(due.unwrap_or(idle)) => if due.is_some() { Event::Due } else { Event::Idle },
            Some(input) = self.line.inputs.recv() => Event::Said(input),
            // Last, so that whoever leaves is heard out.
            () = self.console.deserted() => Event::Deserted,
        }
    }

    fn take(&mut self, input: Input) -> Vec<Act> {
        let now = Instant::now();
        self.active = now;
        match input {
            Input::Audio(bytes) => self.hear(&bytes, now),
            Input::Interrupt => self.model.interrupt(now),
            Input::End => self.model.end(now),
        }
    }

    /// A frame of an odd length is ignored, and once told.
    fn hear(&mut self, bytes: &Bytes, now: Instant) -> Vec<Act> {
        match pcm::decode(bytes) {
            Some(samples) => self.model.hear(&samples, now),
            None if self.told_of_odd => Vec::new(),
            None => {
                self.told_of_odd = true;
                vec![Act::Warn(format!(
                    "An audio frame of {} bytes was ignored: samples have two.",
                    bytes.len()
                ))]
            }
        }
    }

    /// Breaks when the session is over.
    fn perform(&mut self, acts: Vec<Act>) -> io::Result<ControlFlow<()>> {
        let (mut affordable, mut finished) = (true, false);
        for act in acts {
            self.active = Instant::now();
            match act {
                Act::Play(samples) => self.console.play(&samples),
                Act::Tell(line) => self.console.log(&line),
                Act::Warn(line) => self.console.warn(&line),
                Act::CloseStream => self.console.stream("task_stream_end"),
                Act::Charge(usage) => affordable = self.console.charge(&usage)?,
                Act::Total => self.console.total(),
                Act::Finish => finished = true,
            }
        }
        if !affordable && !finished {
            self.console
                .warn("The wallet cannot pay for another turn, so the session was ended.");
        }
        Ok(if finished || !affordable {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    }
}

async fn until(moment: Instant) {
    tokio::time::sleep_until(moment.into()).await;
}
