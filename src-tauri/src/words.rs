//! The few words the desktop shows outside the window: tray and notifications.

use wiro_engine::dto::{Language, RunState, RunSummary};

/// What the shell says, in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) show: &'static str,
    pub(crate) quit: &'static str,
    idle: &'static str,
    one_run: &'static str,
    runs: &'static str,
    succeeded: &'static str,
    failed: &'static str,
    unconfirmed: &'static str,
}

const ENGLISH: Words = Words {
    show: "Show Wiro Studio",
    quit: "Quit",
    idle: "No active runs",
    one_run: "1 active run",
    runs: "active runs",
    succeeded: "is done",
    failed: "failed",
    unconfirmed: "may not have started",
};

const GERMAN: Words = Words {
    show: "Wiro Studio zeigen",
    quit: "Beenden",
    idle: "Keine aktiven Läufe",
    one_run: "1 aktiver Lauf",
    runs: "aktive Läufe",
    succeeded: "ist fertig",
    failed: "ist fehlgeschlagen",
    unconfirmed: "hat vielleicht nicht begonnen",
};

impl Words {
    /// In the person's language; the system's when they chose none.
    pub(crate) fn of(language: Language) -> Self {
        match language {
            Language::German => GERMAN,
            Language::System if system_is_german() => GERMAN,
            Language::English | Language::System => ENGLISH,
        }
    }

    pub(crate) fn active(self, runs: u32) -> String {
        match runs {
            0 => self.idle.to_owned(),
            1 => self.one_run.to_owned(),
            runs => format!("{runs} {}", self.runs),
        }
    }

    /// How a run ended; none when that is no news to the person.
    pub(crate) fn ended(self, run: &RunSummary) -> Option<String> {
        let how = match run.state {
            RunState::Succeeded => self.succeeded,
            RunState::Failed | RunState::Refused => self.failed,
            RunState::Unconfirmed => self.unconfirmed,
            _ => return None,
        };
        Some(format!("{} {how}", run.title))
    }
}

fn system_is_german() -> bool {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .is_some_and(|value| value.starts_with("de"))
}
