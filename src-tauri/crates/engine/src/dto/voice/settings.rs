//! What a person set about talking.

use serde::{Deserialize, Serialize};

use super::VoiceMode;

/// How a person likes to talk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(default)]
pub struct VoiceSettings {
    /// The microphone by its id; the system's when absent.
    pub input_device: Option<String>,
    /// The speaker by its id; the system's when absent.
    pub output_device: Option<String>,
    /// When the microphone is heard.
    pub mode: VoiceMode,
    /// Keeps the sound of both sides.
    pub record: bool,
    /// A session ends when it has cost so much, in USD, as a decimal string.
    pub cost_cap_usd: Option<String>,
    /// A session ends when nobody spoke for so many minutes; 1 to 60.
    pub idle_minutes: u32,
    /// Takes the speakers' sound out of the microphone's.
    pub echo_cancellation: bool,
    /// Takes noise out of the microphone's sound.
    pub noise_suppression: bool,
    /// The talk key outside the window, such as `Ctrl+Alt+Space`; none when there is none.
    pub talk_shortcut: Option<String>,
    /// The talk key toggles instead of being held.
    pub talk_shortcut_toggles: bool,
}

impl Default for VoiceSettings {
    fn default() -> Self {
        Self {
            input_device: None,
            output_device: None,
            mode: VoiceMode::default(),
            record: false,
            cost_cap_usd: None,
            idle_minutes: 5,
            echo_cancellation: true,
            noise_suppression: true,
            talk_shortcut: None,
            talk_shortcut_toggles: false,
        }
    }
}
