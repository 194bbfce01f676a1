//! Where a run and an output stand, and where they may go.

use std::fmt;
use std::str::FromStr;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// Gives an enum its stable text and stores it as that text.
macro_rules! stored_as_text {
    ($(#[$enum_doc:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$enum_doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// All of them, in the order of a run's life.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownText;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text).ok_or_else(|| UnknownText(text.to_owned()))
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.as_str()))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_str()?.parse().map_err(|error: UnknownText| FromSqlError::Other(error.into()))
            }
        }
    };
}

/// A text in the database that this version does not know.
#[derive(Debug, thiserror::Error)]
#[error("unknown text {0:?}")]
pub struct UnknownText(String);

stored_as_text! {
    /// Where a run stands, as far as this library knows.
    RunState {
        /// Written down, not sent.
        Prepared = "prepared",
        /// On its way; uploading or waiting for the answer.
        Sending = "sending",
        /// Waiting for a free slot: the service created nothing.
        Waiting = "waiting",
        /// It is not known whether the service started it. Never sent again by itself.
        Unconfirmed = "unconfirmed",
        /// The service did not take it; nothing was charged.
        Refused = "refused",
        /// It was never sent.
        NotSent = "not_sent",
        /// The service has it.
        Running = "running",
        /// It ended; results are being fetched.
        Collecting = "collecting",
        /// Ended with exit code `"0"`.
        Succeeded = "succeeded",
        /// Ended without success.
        Failed = "failed",
        /// Cancelled or killed.
        Cancelled = "cancelled",
    }
}

impl RunState {
    /// Whether a run in this state may go to `next`. Staying is not going.
    ///
    /// Final states never move. An unconfirmed run moves when its task is found, or when a person decides.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Prepared => matches!(
                next,
                Self::Sending | Self::Waiting | Self::NotSent | Self::Cancelled
            ),
            Self::Waiting => matches!(
                next,
                Self::Sending | Self::NotSent | Self::Refused | Self::Cancelled
            ),
            Self::Sending => {
                matches!(
                    next,
                    Self::Running
                        | Self::Waiting
                        | Self::Unconfirmed
                        | Self::Refused
                        | Self::NotSent
                )
            }
            Self::Unconfirmed => matches!(next, Self::Running | Self::NotSent | Self::Refused),
            Self::Running => matches!(next, Self::Collecting | Self::Failed | Self::Cancelled),
            Self::Collecting => matches!(next, Self::Succeeded | Self::Failed | Self::Cancelled),
            Self::Refused | Self::NotSent | Self::Succeeded | Self::Failed | Self::Cancelled => {
                false
            }
        }
    }

    /// Whether nothing can happen any more.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Refused | Self::NotSent | Self::Succeeded | Self::Failed | Self::Cancelled
        )
    }

    /// Whether nothing more happens by itself: final, or waiting for a person.
    pub const fn is_settled(self) -> bool {
        self.is_final() || matches!(self, Self::Unconfirmed)
    }
}

stored_as_text! {
    /// What became of an output.
    OutputState {
        /// Known, not on the disk yet.
        Pending = "pending",
        /// On the disk, whole.
        Published = "published",
        /// Could not be fetched, or was not what the service promised.
        Failed = "failed",
    }
}

stored_as_text! {
    /// Which stream a line came from.
    LogStream {
        /// Standard output.
        Stdout = "stdout",
        /// Standard error; warnings included.
        Stderr = "stderr",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_states_is_this_one() {
        use RunState::{
            Cancelled, Collecting, Failed, NotSent, Prepared, Refused, Running, Sending, Succeeded,
            Unconfirmed, Waiting,
        };
        let table: &[(RunState, &[RunState])] = &[
            (Prepared, &[Sending, Waiting, NotSent, Cancelled]),
            (Sending, &[Waiting, Unconfirmed, Refused, NotSent, Running]),
            (Waiting, &[Sending, Refused, NotSent, Cancelled]),
            (Unconfirmed, &[Refused, NotSent, Running]),
            (Refused, &[]),
            (NotSent, &[]),
            (Running, &[Collecting, Failed, Cancelled]),
            (Collecting, &[Succeeded, Failed, Cancelled]),
            (Succeeded, &[]),
            (Failed, &[]),
            (Cancelled, &[]),
        ];
        assert_eq!(table.len(), RunState::ALL.len());
        for (from, ways) in table {
            let found: Vec<_> = RunState::ALL
                .iter()
                .copied()
                .filter(|to| from.may_become(*to))
                .collect();
            assert_eq!(&found, ways, "from {from}");
            assert_eq!(from.is_final(), ways.is_empty(), "{from}");
        }
    }

    #[test]
    fn only_a_run_that_was_never_sent_or_created_nothing_may_be_sent() {
        let may: Vec<_> = RunState::ALL
            .iter()
            .filter(|from| from.may_become(RunState::Sending))
            .collect();
        assert_eq!(may, [&RunState::Prepared, &RunState::Waiting]);
    }

    #[test]
    fn every_text_is_read_back_and_others_are_refused() {
        for state in RunState::ALL {
            assert_eq!(state.as_str().parse::<RunState>().unwrap(), *state);
        }
        assert!("Running".parse::<RunState>().is_err());
    }
}
