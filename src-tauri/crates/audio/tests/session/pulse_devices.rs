//! Real devices of a private sound server: listing, unplugging, the server's death.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use wiro_audio::cpal_backend::CpalBackend;
use wiro_audio::device::{Backend, DeviceKind};
use wiro_audio::error::AudioError;
use wiro_audio::session::{AudioEvent, AudioSession, SessionOptions};

use crate::pulse::{plug_microphone, server_name, unplug_microphone, with_private_pulse};
use crate::rig::{chunks, plain_capture, plain_playback};
use crate::signal::{amplitude, from_pcm16, sine};

/// A session on the system's devices, and what it tells.
pub fn open(options: SessionOptions) -> (AudioSession, Receiver<AudioEvent>) {
    let (told, events) = mpsc::channel();
    let session = AudioSession::open(
        Arc::new(CpalBackend::new()),
        options,
        Box::new(move |event| drop(told.send(event))),
    )
    .unwrap();
    (session, events)
}

pub fn both_sides() -> SessionOptions {
    SessionOptions {
        playback: plain_playback().playback,
        ..plain_capture()
    }
}

/// Long enough for a machine of any load; nothing is measured by it.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// Takes events until `is_it`, at most `within`.
pub fn until(
    events: &Receiver<AudioEvent>,
    within: Duration,
    mut is_it: impl FnMut(&AudioEvent) -> bool,
) -> Vec<AudioEvent> {
    let deadline = Instant::now() + within;
    let mut seen = Vec::new();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let event = events
            .recv_timeout(left)
            .unwrap_or_else(|_| panic!("not within {within:?} among {}", told(&seen)));
        let found = is_it(&event);
        seen.push(event);
        if found {
            return seen;
        }
    }
}

/// Events in a line, without their sound.
fn told(events: &[AudioEvent]) -> String {
    let lines = events.iter().map(|event| match event {
        AudioEvent::Chunk { bytes, last, .. } => {
            format!("Chunk of {} bytes, last: {last}", bytes.len())
        }
        other => format!("{other:?}"),
    });
    lines.collect::<Vec<_>>().join("; ")
}

fn is_lost(event: &AudioEvent, of: DeviceKind) -> bool {
    matches!(event, AudioEvent::DeviceLost { kind, reason: AudioError::Gone { .. } } if *kind == of)
}

#[test]
fn devices_have_ids_that_open_them_again() {
    with_private_pulse(
        "pulse_devices::devices_have_ids_that_open_them_again",
        |_| {
            let backend = CpalBackend::new();
            assert!(backend.moves_streams());
            let listed: Vec<_> = backend
                .devices()
                .unwrap()
                .into_iter()
                .map(|device| (device.id, device.kind, device.is_default, device.is_monitor))
                .collect();
            let expected = [
                ("pulseaudio:spk", DeviceKind::Output, true, false),
                ("pulseaudio:micsink", DeviceKind::Output, false, false),
                ("pulseaudio:spk.monitor", DeviceKind::Input, false, true),
                ("pulseaudio:micsink.monitor", DeviceKind::Input, false, true),
                ("pulseaudio:vmic", DeviceKind::Input, true, false),
            ]
            .map(|(id, kind, is_default, is_monitor)| {
                (id.to_owned(), kind, is_default, is_monitor)
            });
            assert_eq!(listed, expected);
            for (id, kind, ..) in &listed {
                let spec = backend.spec(*kind, id).unwrap();
                assert_eq!(
                    (&spec.device_id, spec.sample_rate_hz, spec.block_frames),
                    (id, 48_000, 480)
                );
            }
            let wrong_kind = backend.spec(DeviceKind::Input, "pulseaudio:spk");
            assert!(
                matches!(wrong_kind, Err(AudioError::NoDevice { .. })),
                "{wrong_kind:?}"
            );
        },
    );
}

#[test]
fn an_unplugged_microphone_is_lost_and_no_monitor_recorded() {
    with_private_pulse(
        "pulse_devices::an_unplugged_microphone_is_lost_and_no_monitor_recorded",
        |pulse| {
            let quiet: Vec<f32> = (0..48_000 * 90)
                .map(|index| sine(index, 300.0, 48_000) * 0.2)
                .collect();
            let _voice = pulse.speak("quiet.raw", &quiet);
            let (session, events) = open(both_sides());
            // What a monitor would record.
            session
                .play(1, &crate::signal::tone_pcm16(60_000, 2_000.0))
                .unwrap();
            session.start_talking();
            let before = until(&events, PATIENCE, |event| {
                let AudioEvent::Chunk { bytes, .. } = event else {
                    return false;
                };
                amplitude(&from_pcm16(bytes), 300.0, 24_000) > 0.08
            });
            assert!(!chunks(&before).0.is_empty());
            let asked = Instant::now();
            server_name();
            // A loaded machine delays every answer of the server.
            let within = Duration::from_secs(2) + 10 * asked.elapsed();
            let unplugged = Instant::now();
            unplug_microphone();
            let after = until(&events, PATIENCE, |event| is_lost(event, DeviceKind::Input));
            let took = unplugged.elapsed();
            assert!(took < within, "lost after {took:?}");
            println!("lost after {:?}", unplugged.elapsed());
            let (bytes, lasts) = chunks(&after);
            assert_eq!(lasts.last(), Some(&true));
            let samples = from_pcm16(&bytes);
            for window in samples.windows(480).step_by(240) {
                let monitor = amplitude(window, 2_000.0, 24_000);
                assert!(monitor < 0.02, "the monitor was recorded with {monitor}");
            }
            plug_microphone();
            until(&events, PATIENCE, |event| {
                matches!(
                    event,
                    AudioEvent::DeviceBack {
                        kind: DeviceKind::Input
                    }
                )
            });
            session.start_talking();
            until(&events, PATIENCE, |event| {
                let AudioEvent::Chunk { bytes, .. } = event else {
                    return false;
                };
                amplitude(&from_pcm16(bytes), 300.0, 24_000) > 0.08
            });
            session.close().unwrap();
        },
    );
}

#[test]
fn the_servers_death_loses_both_devices() {
    with_private_pulse(
        "pulse_devices::the_servers_death_loses_both_devices",
        |pulse| {
            let (session, events) = open(both_sides());
            session.start_talking();
            until(&events, PATIENCE, |event| {
                matches!(event, AudioEvent::Chunk { .. })
            });
            let killed = Instant::now();
            pulse.kill_server();
            let mut missing = vec![DeviceKind::Input, DeviceKind::Output];
            until(&events, PATIENCE, |event| {
                missing.retain(|kind| !is_lost(event, *kind));
                missing.is_empty()
            });
            println!("lost after {:?}", killed.elapsed());
            let closing = Instant::now();
            session.close().unwrap();
            assert!(
                closing.elapsed() < PATIENCE,
                "closing took {:?}",
                closing.elapsed()
            );
        },
    );
}

#[test]
fn a_server_that_hangs_is_lost_and_can_be_left() {
    with_private_pulse(
        "pulse_devices::a_server_that_hangs_is_lost_and_can_be_left",
        |pulse| {
            let (session, events) = open(both_sides());
            session.start_talking();
            until(&events, PATIENCE, |event| {
                matches!(event, AudioEvent::Chunk { .. })
            });
            pulse.stop_server();
            let mut missing = vec![DeviceKind::Input, DeviceKind::Output];
            until(&events, PATIENCE, |event| {
                missing.retain(|kind| !is_lost(event, *kind));
                missing.is_empty()
            });
            let closing = Instant::now();
            session.close().unwrap();
            let took = closing.elapsed();
            assert!(took < PATIENCE, "closing took {took:?}");
        },
    );
}
