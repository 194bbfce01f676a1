//! When to ping a client, and when to give it up (`PROTOCOL.md` section 10.1).

use std::time::Duration;

use tokio::time::Instant;

/// How often the server pings.
const PING: Duration = Duration::from_secs(30);
/// How long it waits for a client.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beat {
    Ping,
    GiveUp,
}

/// One connection's pings.
#[derive(Debug)]
pub(super) struct Heartbeat {
    interval: Duration,
    next_ping: Instant,
    answer_due: Option<Instant>,
}

impl Heartbeat {
    /// Pings every 30 s unless `interval` says otherwise.
    pub(super) fn new(now: Instant, interval: Option<Duration>) -> Self {
        let interval = interval.unwrap_or(PING);
        Self {
            interval,
            next_ping: now + interval,
            answer_due: None,
        }
    }

    /// When to ask [`Heartbeat::beat`] next.
    pub(super) fn next(&self) -> Instant {
        self.answer_due.unwrap_or(self.next_ping)
    }

    pub(super) fn beat(&mut self, now: Instant) -> Beat {
        if self.answer_due.is_some() {
            return Beat::GiveUp;
        }
        self.next_ping = now + self.interval;
        self.answer_due = Some(now + PATIENCE);
        Beat::Ping
    }

    /// Whatever arrives proves that the client is there.
    pub(super) fn heard(&mut self) {
        self.answer_due = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_keeps_the_client_and_silence_loses_it() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut heartbeat = Heartbeat::new(start, None);
        assert_eq!(heartbeat.next(), after(30));
        assert_eq!(heartbeat.beat(after(30)), Beat::Ping);
        assert_eq!(heartbeat.next(), after(40));
        heartbeat.heard();
        assert_eq!(heartbeat.next(), after(60));
        assert_eq!(heartbeat.beat(after(60)), Beat::Ping);
        assert_eq!(heartbeat.beat(after(70)), Beat::GiveUp);
    }
}
