use std::f64::consts::TAU;
use std::time::{Duration, Instant};

use serde_json::json;

use super::super::pcm::level_db;
use super::*;

const PLAIN: Wishes<'_> = Wishes {
    voice: "",
    instructions: "",
    input_rate: "",
    output_rate: "",
    silence_ms: None,
};

/// A sine of this amplitude, of full scale.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a few seconds of samples"
)]
fn sine(hz: f64, seconds: f64, amplitude: f64, rate: u32) -> Vec<i16> {
    let count = (seconds * f64::from(rate)) as usize;
    let wave = |n: usize| (TAU * hz * n as f64 / f64::from(rate)).sin();
    (0..count)
        .map(|n| (wave(n) * amplitude * 32_767.0) as i16)
        .collect()
}

fn speech(seconds: f64) -> Vec<i16> {
    sine(440.0, seconds, 0.5, RATE)
}

fn quiet(seconds: f64) -> Vec<i16> {
    sine(50.0, seconds, 0.001, RATE)
}

/// The pitch of a sound without gaps.
fn hertz(samples: &[i16], rate: u32) -> f64 {
    let crossings = samples
        .windows(2)
        .filter(|pair| pair[0] <= 0 && pair[1] > 0)
        .count();
    f64::from(u32::try_from(crossings).unwrap()) / seconds(samples.len(), rate)
}

/// Hears it in frames of 200 ms, and then does what is due until nothing is.
fn conversation(model: &mut Parrot, sound: &[i16], rate: u32) -> Vec<Act> {
    let mut now = Instant::now();
    let mut acts = Vec::new();
    for frame in sound.chunks(rate as usize / 5) {
        acts.extend(model.hear(frame, now));
        now += Duration::from_millis(200);
    }
    while let Some(due) = model.due() {
        acts.extend(model.wake(due));
    }
    acts
}

fn played(acts: &[Act]) -> Vec<i16> {
    let frames = acts.iter().filter_map(|act| match act {
        Act::Play(frame) => Some(frame.as_slice()),
        _ => None,
    });
    frames.collect::<Vec<_>>().concat()
}

/// What it does, its frames counted.
fn told(acts: &[Act]) -> Vec<String> {
    let others = acts.iter().filter(|act| !matches!(act, Act::Play(_)));
    let text = others.map(|act| match act {
        Act::Tell(text) => text.replace("TRANSCRIPT_", ""),
        other => format!("{other:?}"),
    });
    text.collect()
}

#[test]
fn it_says_back_what_it_heard_and_higher() {
    let mut model = Parrot::new(&PLAIN);
    let sound = [quiet(0.5), speech(1.4), quiet(0.8)].concat();
    let acts = conversation(&mut model, &sound, RATE);
    let usage = json!({ "input_audio_seconds": 1.4, "output_audio_seconds": 1.2 });
    assert_eq!(
        told(&acts),
        [
            // Half of full scale is -6 dB, a sine 3 dB less than a square wave.
            "USER:heard 1.4 s at -9 dB".to_owned(),
            // With 50 ms before and after.
            "AI:said 1.2 s, 1.25 times as high".to_owned(),
            "CloseStream".to_owned(),
            format!("{:?}", Act::Charge(usage)),
        ]
    );
    let answer = played(&acts);
    assert_eq!(answer.len(), 28_800);
    let middle = &answer[4800..24_000];
    assert!(
        (hertz(middle, RATE) - 550.0).abs() < 2.0,
        "{}",
        hertz(middle, RATE)
    );
    assert!((level_db(middle) + 9.0).abs() < 0.2, "{}", level_db(middle));
}

/// What would lie above half of the rate after reading faster is not folded down.
#[test]
fn nothing_is_folded_down() {
    let model = Parrot::new(&PLAIN);
    for (hz, rate, out) in [
        (11_000.0, 24_000, 24_000),
        (5_000.0, 24_000, 8_000),
        (7_500.0, 16_000, 16_000),
    ] {
        let high = read_at(&sine(hz, 0.5, 0.5, rate), model.pitch.step(rate, out));
        let middle = &high[1000..high.len() - 1000];
        assert!(level_db(middle) < -50.0, "{hz}: {}", level_db(middle));
    }
}

#[test]
fn voices_and_rates_are_those_that_were_asked_for() {
    for (voice, factor) in [("amazon", 1.25), ("budgerigar", 1.5), ("macaw", 1.125)] {
        for (input, output) in [
            (8_000, 24_000),
            (24_000, 8_000),
            (16_000, 24_000),
            (24_000, 16_000),
        ] {
            let (input_rate, output_rate) = (input.to_string(), output.to_string());
            let mut model = Parrot::new(&Wishes {
                voice,
                input_rate: &input_rate,
                output_rate: &output_rate,
                ..PLAIN
            });
            let acts = conversation(&mut model, &sine(440.0, 1.0, 0.5, input), input);
            let answer = played(&acts);
            let middle = &answer[answer.len() / 4..answer.len() * 3 / 4];
            let expected = 440.0 * factor;
            assert!(
                (hertz(middle, output) - expected).abs() < 5.0,
                "{voice} {input} {output}"
            );
            let length = seconds(answer.len(), output);
            assert!((length - 1.0 / factor).abs() < 0.002, "{length}");
        }
    }
}

#[test]
fn two_words_of_its_instructions_are_followed() {
    let plain = played(&conversation(&mut Parrot::new(&PLAIN), &speech(1.0), RATE));
    let wishes = Wishes {
        instructions: "Say everything TWICE, and softly.",
        ..PLAIN
    };
    let followed = played(&conversation(&mut Parrot::new(&wishes), &speech(1.0), RATE));
    assert_eq!(followed.len(), 2 * plain.len());
    assert!((level_db(&plain) - level_db(&followed) - 12.0).abs() < 0.1);
}

/// A released button ends the sentence: no quiet comes, and no audio either.
#[test]
fn no_audio_for_half_a_second_ends_a_sentence() {
    let mut model = Parrot::new(&PLAIN);
    let now = Instant::now();
    assert_eq!(model.hear(&speech(0.6), now), []);
    assert_eq!(model.due(), Some(now + Duration::from_millis(500)));
    assert_eq!(model.wake(now + Duration::from_millis(499)), []);
    let acts = model.wake(now + Duration::from_millis(500));
    assert_eq!(told(&acts), ["USER:heard 0.6 s at -9 dB"]);
}

#[test]
fn a_pause_for_breath_is_no_end_and_a_click_no_speech() {
    let sound = [speech(0.5), quiet(0.3), speech(0.5), quiet(0.6)].concat();
    let acts = conversation(&mut Parrot::new(&PLAIN), &sound, RATE);
    assert_eq!(told(&acts)[0], "USER:heard 1.3 s at -10 dB");
    let wishes = Wishes {
        silence_ms: Some(200.0),
        ..PLAIN
    };
    let acts = conversation(&mut Parrot::new(&wishes), &sound, RATE);
    assert_eq!(told(&acts)[0], "USER:heard 0.5 s at -9 dB");
    let click = [quiet(0.3), speech(0.05), quiet(1.0)].concat();
    assert_eq!(conversation(&mut Parrot::new(&PLAIN), &click, RATE), []);
}

/// It grows used to a noise: at first it takes it for speech, later it hears speech above it.
#[test]
fn speech_is_heard_above_a_steady_noise() {
    let noisy = |seconds: f64| sine(120.0, seconds, 0.014, RATE);
    let speech = sine(440.0, 1.0, 0.2, RATE);
    let sound = [noisy(12.0), speech, noisy(1.0)].concat();
    let acts = conversation(&mut Parrot::new(&PLAIN), &sound, RATE);
    let heard: Vec<String> = told(&acts)
        .into_iter()
        .filter(|text| text.starts_with("USER:"))
        .collect();
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert_eq!(heard[1], "USER:heard 1.0 s at -17 dB");
}

#[test]
fn an_interrupt_closes_the_turn_and_the_session_goes_on() {
    let mut model = Parrot::new(&PLAIN);
    let now = Instant::now();
    model.hear(&speech(2.0), now);
    let acts = model.hear(&quiet(0.6), now);
    assert_eq!(played(&acts).len(), 9600, "two frames at once");
    let later = now + Duration::from_millis(200);
    assert_eq!(played(&model.wake(later)).len(), 4800);
    let usage = json!({ "input_audio_seconds": 2.0, "output_audio_seconds": 0.6 });
    let closed = vec![
        Act::Tell(format!("{AI}said 0.6 s of 1.6 s")),
        Act::CloseStream,
        Act::Charge(usage),
    ];
    assert_eq!(model.interrupt(later), closed);
    assert_eq!(model.interrupt(later), []);
    assert_eq!(model.due(), None);
    let again = conversation(&mut model, &[speech(1.0), quiet(0.6)].concat(), RATE);
    assert_eq!(told(&again)[0], "USER:heard 1.0 s at -9 dB");
}

/// A fifth of a second is enough to be listened to; less is not.
#[test]
fn whoever_speaks_up_is_not_spoken_over() {
    let mut model = Parrot::new(&PLAIN);
    let now = Instant::now();
    model.hear(&[speech(2.0), quiet(0.6)].concat(), now);
    assert_eq!(model.hear(&[speech(0.15), quiet(0.6)].concat(), now), []);
    let acts = model.hear(&speech(0.2), now);
    assert_eq!(told(&acts)[..2], ["AI:said 0.4 s of 1.6 s", "CloseStream"]);
    let acts = model.hear(&[speech(0.8), quiet(0.6)].concat(), now);
    assert_eq!(told(&acts)[0], "USER:heard 1.0 s at -9 dB");
}

/// The end comes late for what was said: it is answered all the same, at once.
#[test]
fn the_end_brings_the_rest() {
    let mut model = Parrot::new(&PLAIN);
    let now = Instant::now();
    model.hear(&speech(1.0), now);
    let acts = model.end(now);
    let told = told(&acts);
    assert_eq!(
        told[..3],
        [
            "USER:heard 1.0 s at -9 dB",
            "AI:said 0.8 s, 1.25 times as high",
            "CloseStream"
        ]
    );
    assert_eq!(acts.last(), Some(&Act::Finish));
    assert_eq!(played(&acts).len(), 19_200);
    assert_eq!(Parrot::new(&PLAIN).end(now), [Act::Finish]);
}

/// Without an end in sight it answers after half a minute; the last tenth of it was a pause.
#[test]
fn an_endless_sentence_is_answered_in_pieces() {
    let mut model = Parrot::new(&PLAIN);
    let vowel = [speech(0.5), quiet(0.1)].concat();
    let acts = conversation(&mut model, &vowel.repeat(60), RATE);
    assert_eq!(told(&acts)[0], "USER:heard 29.9 s at -10 dB");
}
