//! Where the sound of a session comes from and goes to.

use serde_json::json;
use wiro_engine::Engine;
use wiro_engine::dto::{AppError, VoiceDevice};

use super::{Exit, PathBuf, Printer, usage};

/// Files or devices; what is absent is the settings' or the system's device.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) input_device: Option<String>,
    pub(super) output_device: Option<String>,
    pub(super) input_wav: Option<PathBuf>,
    pub(super) output_wav: Option<PathBuf>,
}

/// What ends in `.wav` is a file, and so is one that is there; anything else is a device.
pub(super) async fn of(
    engine: &Engine,
    input: Option<String>,
    output: Option<String>,
) -> Result<Places, AppError> {
    let mut places = Places::default();
    match input {
        Some(input) if is_wav(&input) || std::path::Path::new(&input).is_file() => {
            places.input_wav = Some(PathBuf::from(input));
        }
        Some(input) => {
            let devices = engine.voice_devices().await?;
            places.input_device = Some(find(&devices.inputs, &input, "microphone")?);
        }
        None => {}
    }
    match output {
        Some(output) if is_wav(&output) => places.output_wav = Some(PathBuf::from(output)),
        Some(output) => {
            let devices = engine.voice_devices().await?;
            places.output_device = Some(find(&devices.outputs, &output, "speaker")?);
        }
        None => {}
    }
    Ok(places)
}

fn is_wav(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".wav")
}

fn find(devices: &[VoiceDevice], wanted: &str, what: &str) -> Result<String, AppError> {
    devices
        .iter()
        .find(|device| device.id == wanted)
        .or_else(|| devices.iter().find(|device| device.name == wanted))
        .map(|device| device.id.clone())
        .ok_or_else(|| usage(format!("there is no {what} `{wanted}`")))
}

/// Prints the devices of this machine.
pub(super) async fn list(engine: &Engine, printer: Printer) -> Result<Exit, AppError> {
    let devices = engine.voice_devices().await?;
    for (kind, devices) in [("input", devices.inputs), ("output", devices.outputs)] {
        for device in devices {
            let object = json!({
                "kind": kind,
                "id": device.id,
                "name": device.name,
                "is_default": device.is_default,
                "is_monitor": device.is_monitor,
            });
            printer.result(&object, || {
                format!("{kind:<6} {}\n       {}", device.name, device.id)
            });
        }
    }
    Ok(Exit::Success)
}
