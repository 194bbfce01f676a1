//! Push to talk: what a key means, as a pure function of time.
//!
//! The owner is one thread that gives every input to [`step`] together with the time, does the effects in their order
//! and wakes up at [`Stage::deadline`]. All keys and buttons count as one key.

#[cfg(test)]
mod tests;

use std::time::Duration;

/// A press so soon after the last one is the same press: contacts bounce, and two listeners may tell one key.
pub const DEBOUNCE: Duration = Duration::from_millis(30);

/// A release counts when no press follows within this time: X11 repeats a held key as releases and presses.
pub const RELEASE_GRACE: Duration = Duration::from_millis(50);

/// What the key that went down does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Talks while it is held.
    Hold,
    /// Talks from one press to the next.
    Toggle,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// A key went down, or the system says so again (key repeat).
    Press(Mode),
    /// The key went up, or X11 says so between two repeats.
    Release,
    /// Time passed; due at [`Stage::deadline`].
    Tick,
    /// Window, session or device is gone and a release may never come: stop at once.
    Lost,
}

/// What the owner does, in the order given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Silences the model here.
    FlushPlayback,
    /// Tells the service to stop speaking (section 12.4).
    Interrupt,
    /// Opens the gate to the wire.
    StartCapture,
    /// Closes it and sends the partial chunk.
    StopCapture,
}

/// Where talking stands. [`Stage::default`] is silent with the key up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stage {
    talk: Talk,
    key: Key,
    last_press: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Talk {
    #[default]
    Silent,
    /// Until the key has been up for [`RELEASE_GRACE`].
    Held,
    /// Until the next press.
    Latched,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Key {
    #[default]
    Up,
    Down,
    /// Up since then, and perhaps only between two repeats.
    Rising(Duration),
}

impl Stage {
    /// Whether the gate is open.
    pub fn is_talking(&self) -> bool {
        self.talk != Talk::Silent
    }

    /// When an [`Input::Tick`] is due, if one is.
    pub fn deadline(&self) -> Option<Duration> {
        match (self.talk, self.key) {
            (Talk::Held, Key::Rising(since)) => Some(since + RELEASE_GRACE),
            _ => None,
        }
    }
}

/// One step. `now` is any monotonic time; it never goes back.
pub fn step(stage: Stage, input: Input, now: Duration) -> (Stage, Vec<Effect>) {
    let (stage, mut effects) = settle(stage, now);
    let (stage, more) = match input {
        Input::Press(mode) => press(stage, mode, now),
        Input::Release => (release(stage, now), Vec::new()),
        Input::Tick => (stage, Vec::new()),
        Input::Lost => lose(stage),
    };
    effects.extend(more);
    (stage, effects)
}

/// Lets a release count whose grace is over, whatever comes now: a tick may be late.
fn settle(stage: Stage, now: Duration) -> (Stage, Vec<Effect>) {
    let Key::Rising(since) = stage.key else {
        return (stage, Vec::new());
    };
    if now < since + RELEASE_GRACE {
        return (stage, Vec::new());
    }
    let up = Stage {
        key: Key::Up,
        ..stage
    };
    match stage.talk {
        Talk::Held => silence(up),
        Talk::Silent | Talk::Latched => (up, Vec::new()),
    }
}

fn press(stage: Stage, mode: Mode, now: Duration) -> (Stage, Vec<Effect>) {
    let bounced = stage.last_press.is_some_and(|last| now < last + DEBOUNCE);
    let repeated = stage.key != Key::Up;
    let stage = Stage {
        key: Key::Down,
        last_press: Some(now),
        ..stage
    };
    if bounced || repeated {
        return (stage, Vec::new());
    }
    match (stage.talk, mode) {
        (Talk::Silent, Mode::Hold) => start(stage, Talk::Held),
        (Talk::Silent, Mode::Toggle) => start(stage, Talk::Latched),
        (Talk::Latched, Mode::Toggle) => silence(stage),
        // A held key takes over what was latched: its release ends it.
        (Talk::Latched | Talk::Held, _) => {
            let talk = Talk::Held;
            (Stage { talk, ..stage }, Vec::new())
        }
    }
}

/// Pressing is barge-in: the model falls silent here first, then at the service, and only then is anybody heard.
fn start(stage: Stage, talk: Talk) -> (Stage, Vec<Effect>) {
    let effects = vec![
        Effect::FlushPlayback,
        Effect::Interrupt,
        Effect::StartCapture,
    ];
    (Stage { talk, ..stage }, effects)
}

fn release(stage: Stage, now: Duration) -> Stage {
    match stage.key {
        Key::Down => Stage {
            key: Key::Rising(now),
            ..stage
        },
        Key::Up | Key::Rising(_) => stage,
    }
}

fn lose(stage: Stage) -> (Stage, Vec<Effect>) {
    silence(Stage {
        key: Key::Up,
        ..stage
    })
}

fn silence(stage: Stage) -> (Stage, Vec<Effect>) {
    let effects = if stage.is_talking() {
        vec![Effect::StopCapture]
    } else {
        Vec::new()
    };
    let talk = Talk::Silent;
    (Stage { talk, ..stage }, effects)
}
