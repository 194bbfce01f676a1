//! What goes into the keyer comes out of the reader, whatever a room and two sound cards do to it in between.

use std::time::{Duration, Instant};

use super::super::{Act, Model, RATE, USER, seconds};
use super::*;

/// 200 characters with everything that can be keyed.
const LONG: &str = "CQ DE SANDBOX THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG AT 12:34, 56.78 / 90 = 1+2 ? \
    \"YES\" (NO) 'É' A-B C@D.EU VVV EEEE TTTT HHH 5555 0 MOM SOS ISH TMO E T A N 73 THIS LINE HAS TWO HUNDRED SIGNS K E";

/// All the sound that a text makes, as it is played.
fn keyed(text: &str, words_per_minute: f64) -> (Vec<i16>, Vec<Act>) {
    let mut model = MorseTts::new(text, words_per_minute).unwrap();
    let start = Instant::now();
    let mut others = model.begin(start);
    let mut sound = Vec::new();
    while let Some(due) = model.due() {
        for act in model.wake(due) {
            match act {
                Act::Play(samples) => sound.extend(samples),
                other => others.push(other),
            }
        }
    }
    (sound, others)
}

fn words(acts: &[Act]) -> Vec<&str> {
    let told = acts.iter().filter_map(|act| match act {
        Act::Tell(text) => Some(text.strip_prefix(USER).unwrap()),
        _ => None,
    });
    told.collect()
}

/// All that is read from a sound that comes in frames of this size, the end of the session included.
fn acts(sound: &[i16], frame: usize) -> Vec<Act> {
    let mut model = MorseStt::default();
    let now = Instant::now();
    let mut acts: Vec<Act> = sound
        .chunks(frame)
        .flat_map(|samples| model.hear(samples, now))
        .collect();
    acts.extend(model.end(now));
    acts
}

fn read(sound: &[i16]) -> String {
    words(&acts(sound, 4800)).join(" ")
}

/// What a line may do to a sound.
#[derive(Debug, Clone, Copy)]
struct Line {
    gain_db: f64,
    /// Relative to the tone; none is silence.
    snr_db: Option<f64>,
    /// Of full scale.
    offset: f64,
    /// How much faster the microphone's clock is.
    skew: f64,
    lead_seconds: f64,
}

const CLEAN: Line = Line {
    gain_db: 0.0,
    snr_db: None,
    offset: 0.0,
    skew: 0.0,
    lead_seconds: 0.0,
};

/// White noise of this root mean square; the same one each time.
fn noise(rms: f64) -> impl FnMut() -> f64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move || {
        let sum: f64 = (0..3)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX) - 0.5
            })
            .sum();
        // Three of variance 1/12 have a quarter of one together.
        sum * rms * 2.0
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a few million samples"
)]
fn through(sound: &[i16], line: Line) -> Vec<i16> {
    let gain = 10.0_f64.powf(line.gain_db / 20.0);
    let tone_rms = gain * 16_384.0 / 2.0_f64.sqrt();
    let mut noise = noise(
        line.snr_db
            .map_or(0.0, |snr| tone_rms / 10.0_f64.powf(snr / 20.0)),
    );
    let lead = (line.lead_seconds * f64::from(RATE)) as usize;
    let length = (sound.len() as f64 * (1.0 + line.skew)) as usize;
    let at = |position: f64| {
        let (index, rest) = (position as usize, position.fract());
        let sample = |index: usize| sound.get(index).copied().map_or(0.0, f64::from);
        sample(index) * (1.0 - rest) + sample(index + 1) * rest
    };
    (0..lead + length)
        .map(|n| {
            let tone = if n < lead {
                0.0
            } else {
                at((n - lead) as f64 / (1.0 + line.skew))
            };
            let sum = tone * gain + noise() + line.offset * 32_768.0;
            sum.round().clamp(-32_768.0, 32_767.0) as i16
        })
        .collect()
}

#[test]
fn every_sign_has_a_code_of_its_own() {
    assert_eq!(LONG.chars().count(), 200);
    for (character, code) in ALPHABET {
        assert_eq!(code_of(character), Some(code));
        let read = character_of(code).unwrap();
        assert!(
            read == character || "×’–".contains(character),
            "{character} {read}"
        );
        assert!(
            character == '–' || character == '×' || LONG.contains(read),
            "{character}"
        );
    }
    assert_eq!(
        (code_of('é'), code_of('€'), code_of('!')),
        (Some("..-.."), None, None)
    );
    assert_eq!(character_of("........"), None);
}

/// PARIS and the space after it are fifty units: by definition of the speed.
#[test]
fn speed_counts_the_word_paris() {
    for speed in [5.0, 20.0, 60.0] {
        let (sound, _) = keyed("PARIS PARIS", speed);
        let minutes = seconds(sound.len() - 2400, RATE) / 60.0;
        assert!((minutes * speed - 2.0).abs() < 0.001, "{speed}: {minutes}");
    }
}

#[test]
fn the_tone_is_clean() {
    let (sound, _) = keyed("T", 20.0);
    let crossings = sound
        .windows(2)
        .filter(|pair| pair[0] <= 0 && pair[1] > 0)
        .count();
    // A dash of 180 ms and 5 ms of edges.
    assert!((126..=130).contains(&crossings), "{crossings}");
    let peak = sound
        .iter()
        .map(|sample| sample.unsigned_abs())
        .max()
        .unwrap();
    assert!((16_300..=16_384).contains(&peak), "{peak}");
    // A wave of 700 Hz at full height moves by 2994 a sample: nothing jumps.
    let step = sound
        .windows(2)
        .map(|pair| pair[0].abs_diff(pair[1]))
        .max()
        .unwrap();
    assert!(step < 3010, "{step}");
    assert_eq!(sound[..2400], [0; 2400]);
}

#[test]
fn long_texts_come_back_at_every_speed_through_every_line() {
    let room = Line {
        snr_db: Some(20.0),
        ..CLEAN
    };
    let lines = [
        CLEAN,
        room,
        Line {
            gain_db: -34.0,
            ..room
        },
        Line {
            offset: 0.1,
            ..room
        },
        Line {
            offset: -0.3,
            gain_db: -20.0,
            ..room
        },
        Line {
            skew: 0.002,
            lead_seconds: 3.3,
            ..room
        },
        Line {
            skew: -0.002,
            ..room
        },
        Line {
            snr_db: Some(3.0),
            ..CLEAN
        },
    ];
    for (speed, lines) in [
        (5.0, &lines[1..2]),
        (12.0, &lines[3..4]),
        (20.0, &lines[4..7]),
        (35.0, &lines[1..5]),
        (60.0, &lines[..]),
    ] {
        let (sound, _) = keyed(LONG, speed);
        for line in lines.iter().copied() {
            assert_eq!(read(&through(&sound, line)), LONG, "{speed} wpm, {line:?}");
        }
    }
}

/// How the sound is cut into frames changes nothing.
#[test]
fn frames_of_any_size_read_the_same() {
    let (sound, _) = keyed("FRAMES OF ANY SIZE", 25.0);
    let sound = through(
        &sound,
        Line {
            snr_db: Some(20.0),
            ..CLEAN
        },
    );
    for frame in [1, 7, 240, 4799, 4801, 1_000_000] {
        assert_eq!(
            words(&acts(&sound, frame)),
            ["FRAMES", "OF", "ANY", "SIZE"],
            "{frame}"
        );
    }
}

/// Too loud, another tone, and a peak that goes.
#[test]
fn other_tones_and_clipping_are_read() {
    let (sound, _) = keyed("OTHER TONES", 20.0);
    for factor in [0.72, 0.9, 1.1, 1.4] {
        let moved = Line {
            skew: 1.0 / factor - 1.0,
            ..CLEAN
        };
        assert_eq!(read(&through(&sound, moved)), "OTHER TONES", "{factor}");
    }
    assert_eq!(
        read(&through(
            &sound,
            Line {
                gain_db: 20.0,
                ..CLEAN
            }
        )),
        "OTHER TONES"
    );
}

#[test]
fn the_speed_may_change_between_messages() {
    let mut sound = Vec::new();
    for speed in [60.0, 5.0, 20.0, 8.0, 40.0] {
        sound.extend(keyed("PARIS IS FAR", speed).0);
        sound.extend(vec![0; 4 * RATE as usize]);
    }
    let acts = acts(&sound, 4800);
    assert_eq!(words(&acts).join(" "), ["PARIS IS FAR"; 5].join(" "));
    let charged = acts
        .iter()
        .filter(|act| matches!(act, Act::Charge(_)))
        .count();
    assert_eq!(charged, 5);
}

#[test]
fn short_texts_are_read_too() {
    for text in ["E", "SOS", "A", "73", "TEST DE A1B", "OK OK"] {
        for speed in [15.0, 20.0, 25.0] {
            let (sound, _) = keyed(text, speed);
            assert_eq!(read(&sound), text, "{speed} wpm");
        }
    }
}

/// Each word is told once the space after it is long enough, not at the end.
#[test]
fn words_come_one_by_one() {
    let (sound, _) = keyed("PARIS LONDON ROME", 20.0);
    let mut model = MorseStt::default();
    let now = Instant::now();
    let mut told = Vec::new();
    for samples in sound.chunks(480) {
        let acts = model.hear(samples, now);
        told.push(words(&acts).join(" "));
    }
    // A word and the space after it: 50 units of 60 ms, then 56 and 44.
    let frames = |word: &str| told.iter().position(|text| text == word).unwrap();
    let at = |word: &str| seconds(480 * frames(word), RATE);
    assert!((2.9..3.2).contains(&at("PARIS")), "{}", at("PARIS"));
    assert!(at("LONDON") < at("ROME"));
}

#[test]
fn noise_and_offsets_say_nothing_and_cost_nothing() {
    for line in [
        Line {
            gain_db: -3.0,
            snr_db: Some(0.0),
            ..CLEAN
        },
        Line {
            gain_db: -60.0,
            snr_db: Some(0.0),
            ..CLEAN
        },
        Line {
            offset: 0.5,
            ..CLEAN
        },
    ] {
        let sound = through(&vec![0; 20 * RATE as usize], line);
        let acts = acts(&sound, 4800);
        assert_eq!(
            acts,
            [Act::Total, Act::CloseStream, Act::Finish],
            "{line:?}"
        );
    }
}

/// A microphone that is closed in mid-word ends the message.
#[test]
fn no_audio_for_two_seconds_ends_a_message() {
    let (sound, _) = keyed("SOS", 20.0);
    let mut model = MorseStt::default();
    let now = Instant::now();
    assert_eq!(model.due(), None);
    let before = model.hear(&sound[..sound.len() - 9000], now);
    assert_eq!(words(&before), Vec::<&str>::new());
    let due = model.due().unwrap();
    assert_eq!(due - now, Duration::from_secs(2));
    assert_eq!(model.wake(now + Duration::from_millis(1999)), []);
    let acts = model.wake(due);
    assert_eq!(words(&acts), ["SOS"]);
    let usage = serde_json::json!({ "input_audio_seconds": 1.765, "characters": 3 });
    assert_eq!(acts[1..], [Act::Charge(usage)]);
    assert_eq!(model.due(), None);
    assert_eq!(model.end(due), [Act::CloseStream, Act::Finish]);
}

#[test]
fn each_sentence_is_a_turn_and_what_cannot_be_keyed_is_told() {
    let (_, acts) = keyed("Über 5 €! Was? 3.5\n\n ok", 60.0);
    let charge = |characters: u32, seconds: f64| {
        Act::Charge(
            serde_json::json!({ "characters": characters, "output_audio_seconds": seconds }),
        )
    };
    let Act::Warn(told) = &acts[0] else {
        panic!("{acts:?}")
    };
    assert!(told.ends_with(": \"!\" \"Ü\" \"€\""), "{told}");
    // Units of 20 ms. BER 5 are 9 3 1 3 7 7 9 7 of them, after 100 ms of silence; the others 50, 52 and 30.
    assert_eq!(
        acts[1..],
        [
            Act::CloseStream,
            charge(4, 1.02),
            Act::CloseStream,
            charge(4, 1.0),
            Act::CloseStream,
            charge(3, 1.04),
            Act::CloseStream,
            charge(2, 0.6),
            Act::Finish,
        ]
    );
}

#[test]
fn a_text_without_signs_or_without_end_is_refused() {
    for text in ["€ ü !", " ", &"E".repeat(2001)] {
        assert!(MorseTts::new(text, 20.0).is_err(), "{text}");
    }
}

#[test]
fn ending_early_stops_the_keyer() {
    let mut model = MorseTts::new("PARIS. LONDON.", 20.0).unwrap();
    let now = Instant::now();
    model.begin(now);
    let played = model.wake(now);
    assert!(
        matches!(played[..], [Act::Play(_), Act::Play(_)]),
        "{played:?}"
    );
    let usage = serde_json::json!({ "characters": 6, "output_audio_seconds": 0.4 });
    assert_eq!(
        model.end(now),
        [Act::CloseStream, Act::Charge(usage), Act::Finish]
    );
    assert_eq!(model.due(), None);
}
