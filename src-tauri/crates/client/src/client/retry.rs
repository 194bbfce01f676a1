//! How reads are repeated (`PROTOCOL.md` section 3.5). Calls that can charge never are.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::error::Error;

/// How a pause is spent.
type Wait = Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

/// Full jitter: a random pause up to a bound that doubles, so that many clients do not come back together.
#[derive(Clone)]
pub struct RetryPolicy {
    /// How often a read is tried in all.
    pub tries: u32,
    /// Bound of the first pause.
    pub first: Duration,
    /// Bound of every later pause.
    pub longest: Duration,
    /// A `Retry-After` up to here is honoured; beyond it the error is handed to the caller at once.
    pub longest_asked: Duration,
    wait: Wait,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            tries: 5,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(20),
            longest_asked: Duration::from_mins(2),
            wait: Arc::new(|pause| Box::pin(tokio::time::sleep(pause))),
        }
    }
}

impl fmt::Debug for RetryPolicy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RetryPolicy")
            .field("tries", &self.tries)
            .field("first", &self.first)
            .field("longest", &self.longest)
            .field("longest_asked", &self.longest_asked)
            .finish_non_exhaustive()
    }
}

impl RetryPolicy {
    /// One try only.
    pub fn never() -> Self {
        Self {
            tries: 1,
            ..Self::default()
        }
    }

    /// Spends the pauses in another way: with another clock, or not at all.
    #[must_use]
    pub fn with_wait(
        mut self,
        wait: impl Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        self.wait = Arc::new(wait);
        self
    }

    /// The pause before the next try, or `None` when there is none. `failures` counts from 1.
    fn pause(&self, error: &Error, failures: u32) -> Option<Duration> {
        if failures >= self.tries || !error.is_retryable_read() {
            return None;
        }
        if let Some(asked) = error.retry_after() {
            return (asked <= self.longest_asked).then_some(asked);
        }
        let bound = self
            .first
            .saturating_mul(1_u32.checked_shl(failures - 1).unwrap_or(u32::MAX))
            .min(self.longest);
        Some(bound.mul_f64(rand::random::<f64>()))
    }

    /// Repeats a read until it answers, must not be repeated, or was tried often enough.
    pub(crate) async fn run<T, F>(&self, mut call: impl FnMut() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut failures = 0;
        loop {
            let error = match call().await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            failures += 1;
            let Some(pause) = self.pause(&error, failures) else {
                return Err(error);
            };
            tracing::debug!(%error, failures, ?pause, "a read failed and will be tried again");
            (self.wait)(pause).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorKind, from_status};

    #[test]
    fn f07_pauses_are_random_and_bounded() {
        let policy = RetryPolicy::default();
        let error = from_status(503);
        for (failures, bound_ms) in [(1, 500), (2, 1000), (3, 2000), (4, 4000)] {
            let pauses: Vec<_> = (0..200)
                .map(|_| policy.pause(&error, failures).unwrap())
                .collect();
            let bound = Duration::from_millis(bound_ms);
            assert!(pauses.iter().all(|pause| *pause <= bound), "{failures}");
            assert!(pauses.iter().any(|pause| *pause > bound / 2), "{failures}");
            assert!(pauses.iter().any(|pause| *pause < bound / 2), "{failures}");
        }
        assert_eq!(policy.pause(&error, 5), None);
        let endless = RetryPolicy {
            tries: u32::MAX,
            ..policy
        };
        assert!(endless.pause(&error, 4_000).unwrap() <= endless.longest);
    }

    #[test]
    fn f07_what_the_service_asks_for_is_honoured_up_to_a_limit() {
        let policy = RetryPolicy::default();
        let asked = |seconds| from_status(429).with_retry_after(Some(Duration::from_secs(seconds)));
        assert_eq!(policy.pause(&asked(0), 1), Some(Duration::ZERO));
        assert_eq!(policy.pause(&asked(120), 1), Some(Duration::from_mins(2)));
        assert_eq!(policy.pause(&asked(121), 1), None);
        assert_eq!(policy.pause(&asked(1), 5), None);
    }

    #[test]
    fn f09_only_passing_faults_are_repeated() {
        let policy = RetryPolicy::default();
        let repeated = |error: &Error| policy.pause(error, 1).is_some();
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(repeated(&from_status(status)), "{status}");
        }
        for status in [200, 302, 400, 401, 403, 404, 422] {
            assert!(!repeated(&from_status(status)), "{status}");
        }
        assert!(repeated(&Error::new(ErrorKind::Network, "x")));
        assert!(!repeated(
            &Error::new(ErrorKind::Service, "x").with_status(200)
        ));
        assert!(!repeated(&Error::new(ErrorKind::Protocol, "x")));
        assert!(repeated(&Error::new(ErrorKind::Protocol, "x").cut_off()));
    }
}
