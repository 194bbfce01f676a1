use super::*;
use crate::measure::{decibels, fit, noise, rms, sine, vowels};

const RATE_HZ: u32 = 24_000;
const SECOND: usize = RATE_HZ as usize;

const CANCEL: EchoOptions = EchoOptions {
    echo_cancellation: true,
    noise_suppression: false,
};

/// What a room makes of a sound: it comes later, quieter, and from many walls.
fn echo(sound: &[f32], delay_ms: usize) -> Vec<f32> {
    let fading = (0_u8..240).map(|tap| (-f32::from(tap) / 60.0).exp());
    let walls: Vec<f32> = noise(11, 240)
        .iter()
        .zip(fading)
        .map(|(random, left)| random * left)
        .collect();
    let delay = delay_ms * SECOND / 1_000;
    let from_walls = |at: usize| -> f32 {
        let reach = walls.len().min(at + 1);
        walls[..reach]
            .iter()
            .zip(sound[..=at].iter().rev())
            .map(|(wall, sound)| wall * sound)
            .sum()
    };
    (0..sound.len())
        .map(|n| n.checked_sub(delay).map_or(0.0, |at| 0.4 * from_walls(at)))
        .collect()
}

/// Runs both signals side by side in the odd blocks that devices hand over.
fn clean(options: EchoOptions, reference: &[f32], microphone: &[f32]) -> Vec<f32> {
    let mut canceller = EchoCanceller::new(RATE_HZ, options);
    let mut clean = Vec::new();
    for (reference, microphone) in reference.chunks(131).zip(microphone.chunks(131)) {
        canceller.push_reference(reference).unwrap();
        canceller.process(microphone, &mut clean).unwrap();
    }
    clean
}

/// How much quieter the last three of six seconds are.
fn taken_off_db(microphone: &[f32], clean: &[f32]) -> f64 {
    decibels(rms(&microphone[3 * SECOND..]) / rms(&clean[3 * SECOND..]))
}

#[test]
fn the_echo_is_gone_after_three_seconds() {
    let vowels = vowels(RATE_HZ, 6.0);
    let noise = noise(5, 6 * SECOND);
    for (name, sound, delay_ms) in [
        ("vowels", &vowels, 20),
        ("vowels", &vowels, 150),
        ("vowels", &vowels, 280),
        ("noise", &noise, 60),
    ] {
        let microphone = echo(sound, delay_ms);
        let taken_off = taken_off_db(&microphone, &clean(CANCEL, sound, &microphone));
        assert!(
            taken_off >= 40.0,
            "{name} after {delay_ms} ms: {taken_off:.1} dB"
        );
    }
}

#[test]
fn the_person_comes_through() {
    let person = vowels(RATE_HZ, 6.0);
    let silence = vec![0.0; person.len()];
    let clean = clean(CANCEL, &silence, &person);
    let lost = taken_off_db(&person, &clean);
    assert!(lost.abs() < 1.0, "{lost:.1} dB are lost");
}

#[test]
fn steady_noise_is_taken_off_and_a_voice_is_not() {
    let hiss: Vec<f32> = noise(3, 6 * SECOND)
        .iter()
        .map(|sample| sample * 0.02)
        .collect();
    let options = EchoOptions {
        echo_cancellation: false,
        noise_suppression: true,
    };
    let taken_off = taken_off_db(&hiss, &clean(options, &hiss, &hiss));
    assert!(taken_off > 10.0, "{taken_off:.1} dB");
    let voice = vowels(RATE_HZ, 6.0);
    let lost = taken_off_db(&voice, &clean(options, &voice, &voice));
    assert!(lost.abs() < 3.0, "{lost:.1} dB of the voice are lost");
}

#[test]
fn without_options_nothing_is_touched() {
    let options = EchoOptions {
        echo_cancellation: false,
        noise_suppression: false,
    };
    let signal = noise(9, 1_000);
    assert_eq!(clean(options, &signal, &signal), signal);
}

#[test]
fn every_rate_of_the_wire_is_taken() {
    for rate_hz in crate::pcm::WireFormat::RATES_HZ {
        let tone = sine(rate_hz, 1_000.0, 1.0);
        let silence = vec![0.0; tone.len()];
        let mut canceller = EchoCanceller::new(rate_hz, CANCEL);
        let mut clean = Vec::new();
        canceller.push_reference(&silence).unwrap();
        canceller.process(&tone, &mut clean).unwrap();
        assert_eq!(clean.len(), tone.len(), "{rate_hz}");
        let half = &clean[clean.len() / 2..];
        let amplitude = fit(half, rate_hz, 1_000.0).amplitude;
        assert!(
            (decibels(amplitude / 0.5)).abs() < 1.0,
            "{rate_hz}: {amplitude}"
        );
    }
}

#[test]
fn a_rate_that_no_canceller_knows_is_refused() {
    for rate_hz in [0, 50, 4_000] {
        let mut canceller = EchoCanceller::new(rate_hz, CANCEL);
        assert!(
            canceller.push_reference(&[0.5; 400]).is_err(),
            "{rate_hz} Hz"
        );
        assert!(
            canceller.process(&[0.5; 400], &mut Vec::new()).is_err(),
            "{rate_hz} Hz"
        );
    }
}
