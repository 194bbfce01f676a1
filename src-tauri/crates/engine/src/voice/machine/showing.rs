//! How a session looks from outside.

use super::{Side, Stage, VoiceMachine};
use crate::dto::{VoiceMode, VoicePause, VoicePhase};

impl VoiceMachine {
    pub(crate) fn phase(&self) -> VoicePhase {
        match self.stage {
            Stage::Connecting => VoicePhase::Connecting,
            Stage::Stopping(_) | Stage::Ending(_) => VoicePhase::Ending,
            Stage::Ended => VoicePhase::Ended,
            Stage::Live | Stage::Draining if self.is_paused() => VoicePhase::Paused,
            Stage::Live | Stage::Draining => self.who_speaks(),
        }
    }

    fn who_speaks(&self) -> VoicePhase {
        let by_key = self.mode == VoiceMode::HoldToTalk && !self.terms.from_file;
        if self.gate && !self.muted && (by_key || self.speech) {
            VoicePhase::Listening
        } else if self.sounding {
            VoicePhase::Speaking
        } else if self.awaiting {
            VoicePhase::Thinking
        } else {
            VoicePhase::Ready
        }
    }

    pub(crate) fn pause(&self) -> Option<VoicePause> {
        if self.lost.contains(&Side::Microphone) {
            Some(VoicePause::InputLost)
        } else if self.lost.contains(&Side::Speaker) {
            Some(VoicePause::OutputLost)
        } else {
            self.paused.then_some(VoicePause::Person)
        }
    }

    pub(crate) const fn mode(&self) -> VoiceMode {
        self.mode
    }

    pub(crate) const fn is_muted(&self) -> bool {
        self.muted
    }

    /// Whether the microphone's sound goes to the model.
    pub(crate) const fn is_talking(&self) -> bool {
        self.gate && !self.muted
    }

    pub(crate) fn is_over(&self) -> bool {
        self.stage == Stage::Ended
    }
}
