//! When to ask about one task. Pure: the time comes from outside.

use std::time::Duration;

use tokio::time::Instant;

use super::Pace;

/// Why the service is asked more often than once in a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// The socket tells what happens.
    Usual,
    /// A failure would be told by an answer only.
    Quiet,
    /// The end was told; the answer that says how may be a moment behind.
    Ending,
}

#[derive(Debug)]
pub(super) struct Schedule {
    at: Instant,
    asking: bool,
    /// Something happened while it was being asked: the answer may be older.
    again: bool,
    pause: Duration,
    /// Asked at the latest then, whatever else is planned.
    deadline: Option<Instant>,
    spread: f64,
}

impl Schedule {
    /// Asks at once.
    pub(super) const fn new(pace: &Pace, now: Instant, spread: f64) -> Self {
        Self {
            at: now,
            asking: false,
            again: false,
            pause: pace.first_quiet,
            deadline: None,
            spread,
        }
    }

    /// When to ask; `None` while an answer is awaited.
    pub(super) fn next(&self) -> Option<Instant> {
        (!self.asking).then_some(self.at)
    }

    pub(super) const fn begin(&mut self) {
        self.asking = true;
        self.again = false;
    }

    pub(super) const fn ask_now(&mut self, now: Instant) {
        self.again = self.asking;
        self.at = now;
    }

    /// The end is near: asks now, and often until it is known.
    pub(super) const fn expect_end(&mut self, pace: &Pace, now: Instant) {
        self.shorten(pace);
        self.ask_now(now);
    }

    /// Begins again with short pauses.
    pub(super) const fn shorten(&mut self, pace: &Pace) {
        self.pause = pace.first_end;
    }

    pub(super) fn ask_by(&mut self, deadline: Instant) {
        self.deadline = Some(deadline);
        self.at = self.at.min(deadline);
    }

    /// The socket speaks of the task for the first time since it is connected: the next question can wait.
    pub(super) fn relax(&mut self, pace: &Pace, now: Instant) {
        self.pause = pace.first_quiet;
        if !self.asking {
            self.at = now + self.safety(pace);
        }
    }

    /// Asks soon although the socket speaks.
    pub(super) fn hurry(&mut self, now: Instant) {
        self.at = self.at.min(now + self.pause);
    }

    /// Plans the next question after an answer, or after none.
    pub(super) fn answered(&mut self, pace: &Pace, care: Care, now: Instant, spread: f64) {
        self.asking = false;
        self.spread = spread;
        let pause = if self.again {
            Duration::ZERO
        } else if care == Care::Usual {
            self.safety(pace)
        } else {
            let longest = match care {
                Care::Ending => pace.longest_end,
                Care::Quiet | Care::Usual => pace.longest_quiet,
            };
            let pause = self.pause.min(longest);
            self.pause = (self.pause * 2).min(pace.longest_quiet);
            pause
        };
        self.again = false;
        self.at = now + pause;
        if let Some(deadline) = self.deadline.filter(|deadline| *deadline > now) {
            self.at = self.at.min(deadline);
        }
    }

    /// Whether the deadline has passed.
    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= now)
    }

    fn safety(&self, pace: &Pace) -> Duration {
        pace.safety.mul_f64(self.spread)
    }
}
