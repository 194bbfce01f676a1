//! What a trial is, and what is said about it.

use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;

/// When to kill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Aim {
    /// At this share of a whole run's time.
    AnyTime(f64),
    /// At this share of the time from the start to the answer.
    Submission(f64),
    /// So long after the program said that the run was submitted.
    Submitted(Duration),
    /// The answer never comes; so long after the service has the task, or while it still thinks about an upload.
    Unanswered(Duration),
    /// So long after the task ended, while results are fetched.
    Ended(Duration),
}

impl Aim {
    /// The names, as `Debug` begins.
    pub(crate) const ALL: [&'static str; 5] =
        ["AnyTime", "Submission", "Submitted", "Unanswered", "Ended"];

    fn plan(index: usize, rng: &mut StdRng) -> Self {
        match index % 8 {
            0 | 3 | 6 => Self::AnyTime(rng.random_range(0.0..1.2)),
            1 => Self::Submission(rng.random_range(0.0..0.5)),
            5 => Self::Submission(rng.random_range(0.3..1.3)),
            2 => Self::Submitted(Duration::from_millis(rng.random_range(0..60))),
            4 => Self::Unanswered(Duration::from_millis(rng.random_range(0..250))),
            _ => Self::Ended(Duration::from_millis(rng.random_range(0..200))),
        }
    }
}

/// One run that is killed.
#[derive(Debug, Clone)]
pub(crate) struct Trial {
    pub(crate) index: usize,
    pub(crate) aim: Aim,
    /// An upload to `sandbox/upscale` instead of words for `sandbox/pattern`.
    pub(crate) upload: bool,
}

impl Trial {
    pub(crate) fn plan(index: usize, rng: &mut StdRng) -> Self {
        Self {
            index,
            aim: Aim::plan(index, rng),
            // The first unanswered run is one that the service has: something to adopt is never missing.
            upload: rng.random_ratio(1, 4) && index != 4,
        }
    }

    /// What no other trial has: the seed of a pattern, or the scale of a picture.
    pub(crate) fn mark(&self) -> (&'static str, String) {
        if self.upload {
            (
                "scale",
                format!("{}.{:04}", 1 + self.index / 10_000, self.index % 10_000),
            )
        } else {
            ("seed", format!("trial-{}", self.index))
        }
    }

    pub(crate) fn model(&self) -> &'static str {
        if self.upload {
            "sandbox/upscale"
        } else {
            "sandbox/pattern"
        }
    }
}

/// Where the library says the run was when it died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    BeforeSend,
    DuringSend,
    WhileRunning,
    WhileCollecting,
    AfterEnd,
}

impl Phase {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::BeforeSend => "before send",
            Self::DuringSend => "during send",
            Self::WhileRunning => "while running",
            Self::WhileCollecting => "while collecting",
            Self::AfterEnd => "after end",
        }
    }

    /// By the state of the run in the library; none is no run.
    pub(crate) fn of(state: Option<&str>) -> Self {
        match state {
            None | Some("prepared") => Self::BeforeSend,
            Some("sending" | "unconfirmed") => Self::DuringSend,
            Some("running") => Self::WhileRunning,
            Some("collecting") => Self::WhileCollecting,
            Some("succeeded") => Self::AfterEnd,
            Some(other) => panic!("a killed run is {other}"),
        }
    }
}

/// What became of the run after `wiro tasks resume`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Accepted before the kill, and whole on disk.
    Finished,
    /// Found on the service, and whole on disk.
    Adopted,
    /// Not on the service, and said so.
    Unconfirmed,
    /// Never written down, or never sent.
    NotSent,
    /// On the service and not in the library: what must not be.
    Lost,
}

/// What is said about a trial.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) aim: String,
    pub(crate) upload: bool,
    pub(crate) phase: Phase,
    pub(crate) outcome: Outcome,
    pub(crate) second_posts: u64,
    pub(crate) violations: Vec<String>,
}
