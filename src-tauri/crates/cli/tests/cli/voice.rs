//! `wiro voice`, with files in place of microphone and speaker.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::service::Ended;
use crate::stage::Stage;

const RATE_HZ: u32 = 24_000;

/// A WAV of one channel: a voice-like tone where `loud` says so, for so many milliseconds each.
fn wav(path: &Path, parts: &[(bool, u32)]) {
    let mut samples: Vec<i16> = Vec::new();
    for (loud, ms) in parts {
        for frame in 0..RATE_HZ / 1000 * ms {
            #[expect(clippy::cast_precision_loss, reason = "a few seconds of samples")]
            let phase = frame as f32 / RATE_HZ as f32 * 220.0 * std::f32::consts::TAU;
            #[expect(clippy::cast_possible_truncation, reason = "within 16 bits")]
            let sample = (phase.sin() * 12_000.0) as i16;
            samples.push(if *loud { sample } else { 0 });
        }
    }
    let bytes = u32::try_from(samples.len() * 2).expect("a short file");
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16_u32.to_le_bytes());
    for word in [1_u16, 1] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    for number in [RATE_HZ, RATE_HZ * 2] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    for word in [2_u16, 16] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    file.extend_from_slice(b"data");
    file.extend_from_slice(&bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    fs_err::write(path, file).expect("written");
}

/// The loudest sample of a WAV of 16 bits, and how many there are.
fn loudest(path: &Path) -> (i16, usize) {
    let bytes = fs_err::read(path).expect("a WAV");
    assert_eq!(&bytes[..4], b"RIFF");
    let samples = bytes[44..].chunks_exact(2);
    let samples = samples.map(|pair| i16::from_le_bytes([pair[0], pair[1]]).saturating_abs());
    let samples: Vec<_> = samples.collect();
    (samples.iter().copied().max().unwrap_or(0), samples.len())
}

fn events(ended: &Ended) -> Vec<&str> {
    let told = ended.lines.iter().filter_map(|line| line["event"].as_str());
    told.filter(|event| *event != "status" && *event != "log")
        .collect()
}

#[test]
fn a_file_is_answered_into_a_file_with_transcript_and_price() {
    let stage = Stage::key_only();
    let (question, answer) = (stage.path("question.wav"), stage.path("answer.wav"));
    wav(&question, &[(false, 200), (true, 900), (false, 300)]);
    let (srt, question, answer_path) = (
        stage.path("said.srt"),
        question.display().to_string(),
        answer.display().to_string(),
    );
    let said = srt.display().to_string();
    let arguments = [
        "voice",
        "sandbox/parrot",
        "--in",
        &question,
        "--out",
        &answer_path,
        "--transcript",
        &said,
        "--record",
    ];
    let ended = stage.json(&arguments);
    let result = ended.expect_success();
    assert_eq!(
        events(&ended),
        [
            "submitted",
            "ready",
            "transcript",
            "transcript",
            "cost",
            "result"
        ],
        "{ended:?}"
    );
    let speakers: Vec<_> = ended
        .events("transcript")
        .iter()
        .map(|line| &line["speaker"])
        .collect();
    assert_eq!(speakers, [&json!("person"), &json!("model")]);
    let cost = ended.events("cost")[0];
    assert_eq!(cost["turn_usd"], cost["session_usd"]);
    assert_eq!(
        (&result["ended_by"], &result["cost_usd"]),
        (&json!("done"), &cost["session_usd"])
    );
    let (peak, samples) = loudest(&answer);
    assert!(
        peak > 2000 && samples > RATE_HZ as usize / 2,
        "{peak} {samples}"
    );
    assert!(
        fs_err::read_to_string(srt)
            .expect("written")
            .contains(" --> ")
    );
    let recording = result["recording"].as_str().expect("a recording");
    assert!(loudest(Path::new(recording)).0 > 2000);
    assert_eq!(stage.service.runs(), 1);
}

#[test]
fn an_interrupt_and_a_limit_of_time_end_it_well() {
    let stage = Stage::key_only();
    let silence = stage.path("silence.wav");
    wav(&silence, &[(false, 20_000)]);
    let silence = silence.display().to_string();
    let answer = stage.path("answer.wav").display().to_string();
    let arguments = [
        "voice",
        "sandbox/parrot",
        "--in",
        &silence,
        "--out",
        &answer,
    ];
    let mut running = stage.start(&arguments);
    running.until("ready");
    running.signal("INT");
    let ended = running.end();
    assert_eq!(ended.expect_success()["ended_by"], json!("person"));
    let limited = [&arguments[..], &["--seconds", "1"]].concat();
    let ended = stage.json(&limited);
    assert_eq!(ended.expect_success()["ended_by"], json!("person"));
    assert_eq!(stage.states(), ["succeeded", "succeeded"]);
}

#[test]
fn a_killed_session_leaves_what_was_said_and_the_next_start_finds_what_it_cost() {
    let stage = Stage::key_only();
    let question = stage.path("question.wav");
    wav(&question, &[(true, 900), (false, 20_000)]);
    let question = question.display().to_string();
    let answer = stage.path("answer.wav").display().to_string();
    let arguments = [
        "voice",
        "sandbox/parrot",
        "--in",
        &question,
        "--out",
        &answer,
        "--record",
    ];
    let mut running = stage.start(&arguments);
    running.until("cost");
    // What was heard and said is a second old at most when it is on the disk.
    std::thread::sleep(Duration::from_millis(1200));
    running.kill();
    running.wait();
    let voice = stage.library().join("voice");
    let folder = fs_err::read_dir(voice)
        .expect("kept")
        .next()
        .expect("one")
        .expect("read")
        .path();
    let (peak, samples) = loudest(&folder.join("session.wav"));
    assert!(
        peak > 2000 && samples > 2 * RATE_HZ as usize,
        "{peak} {samples}"
    );

    let resumed = stage.json(&["tasks", "resume"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert_eq!(stage.service.runs(), 1, "nothing is sent twice");
    let listed = stage.json(&["tasks", "list"]);
    let run = listed.lines.first().expect("the run");
    assert_eq!(run["state"], "succeeded", "{run}");
    assert!(run["cost_usd"].is_string(), "{run}");
}

#[test]
fn what_cannot_be_talked_with_is_refused_before_anything_is_sent() {
    let stage = Stage::key_only();
    let text = stage.path("text.wav");
    fs_err::write(&text, "no sound").expect("written");
    let text = text.display().to_string();
    let out = stage.path("out.wav").display().to_string();
    let sound = stage.path("sound.wav");
    wav(&sound, &[(true, 100)]);
    let sound = sound.display().to_string();
    let missing = stage.path("missing.wav").display().to_string();
    for (arguments, code, error) in [
        (&["voice", "sandbox/eliza"][..], 2, "voice.not_realtime"),
        (
            &["voice", "sandbox/parrot", "--in", &text, "--out", &out],
            2,
            "file.unusable",
        ),
        (
            &["voice", "sandbox/parrot", "--in", &missing, "--out", &out],
            2,
            "file.unusable",
        ),
        (
            &[
                "voice",
                "sandbox/parrot",
                "--out",
                &out,
                "--cap",
                "x",
                "--in",
                &sound,
            ],
            2,
            "input.invalid",
        ),
        (&["voice"], 2, "usage.invalid"),
    ] {
        stage.json(arguments).expect_error(code, error);
    }
    assert_eq!(stage.service.runs(), 0, "nothing was sent");
}
