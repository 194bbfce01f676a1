//! Microphones and speakers.

use serde::{Deserialize, Serialize};

/// A microphone or a speaker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct VoiceDevice {
    /// Stable; names are not unique.
    pub id: String,
    /// What the person reads.
    pub name: String,
    /// Whether it is the system's.
    pub is_default: bool,
    /// Whether it hears what the speakers play instead of a microphone.
    pub is_monitor: bool,
}

/// The devices of this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct VoiceDevices {
    /// Microphones.
    pub inputs: Vec<VoiceDevice>,
    /// Speakers.
    pub outputs: Vec<VoiceDevice>,
    /// The microphone of the settings, whether it is plugged in or not; the system's when absent.
    pub chosen_input: Option<String>,
    /// The speaker of the settings, whether it is plugged in or not; the system's when absent.
    pub chosen_output: Option<String>,
}

/// A trial of a device outside a session. It ends by itself after a few seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum VoiceDeviceTest {
    /// Plays a tone.
    Output {
        /// The speaker; the one of the settings when absent.
        device: Option<String>,
    },
    /// Listens; [`super::VoiceEvent::Level`] tells what is heard meanwhile.
    Input {
        /// The microphone; the one of the settings when absent.
        device: Option<String>,
    },
}

/// What a trial showed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct VoiceDeviceTestResult {
    /// The loudest that was heard or played, in dB of full scale; none when there was only silence.
    #[cfg_attr(feature = "bindings", specta(type = Option<specta_typescript::Number>))]
    pub peak_dbfs: Option<f64>,
}
