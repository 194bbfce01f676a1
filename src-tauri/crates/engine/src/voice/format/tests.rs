use serde_json::{Value, json};
use wiro_client::models::Model;

use super::*;

fn form(items: &Value) -> FormDefinition {
    let model = json!({ "parameters": [{ "title": "All", "items": items }] });
    let model: Model = serde_json::from_value(model).unwrap();
    FormDefinition::from_parameters(&model.parameters)
}

fn select(id: &str, first: &str, options: &[&str]) -> Value {
    let options: Vec<_> = options
        .iter()
        .map(|value| json!({ "label": value, "value": value }))
        .collect();
    json!({ "id": id, "type": "select", "label": id, "default": first, "options": options })
}

/// The parameters of `openai/gpt-realtime`, and one format that nobody can play.
fn phone() -> FormDefinition {
    let formats = ["audio/pcma", "audio/pcmu", "audio/pcm", "audio/opus"];
    form(&json!([
        select("input_audio_format", "audio/pcmu", &formats),
        select("output_audio_format", "audio/pcmu", &formats),
        select("input_audio_rate", "24000", &["24000", "8000", "11025"]),
        select("output_audio_rate", "24000", &["24000", "8000"]),
    ]))
}

fn text(value: &str) -> AnswerInput {
    AnswerInput::Text {
        value: value.to_owned(),
    }
}

#[test]
fn the_kind_is_told_by_categories_and_then_by_the_form() {
    let plain = form(&json!([]));
    let with_text =
        form(&json!([{ "id": "text", "type": "textarea", "label": "Text", "required": true }]));
    for (categories, form, kind) in [
        (
            &["realtime-conversation", "realtime"][..],
            &plain,
            Some(VoiceKind::Conversation),
        ),
        (
            &["realtime-conversation"],
            &plain,
            Some(VoiceKind::Conversation),
        ),
        (
            &["text-to-speech", "voice-clone", "realtime"],
            &with_text,
            Some(VoiceKind::ReadAloud),
        ),
        (
            &["speech-to-text", "realtime"],
            &plain,
            Some(VoiceKind::Dictate),
        ),
        (&["realtime"], &with_text, Some(VoiceKind::ReadAloud)),
        (&["realtime"], &plain, Some(VoiceKind::Conversation)),
        (&["text-to-speech"], &with_text, None),
        (&["speech-to-text"], &plain, None),
        (&[], &plain, None),
    ] {
        let categories: Vec<_> = categories
            .iter()
            .map(|&category| category.to_owned())
            .collect();
        assert_eq!(kind_of(&categories, form), kind, "{categories:?}");
    }
}

#[test]
fn what_was_asked_for_is_what_frames_carry() {
    let format = |encoding, rate_hz| WireFormat::new(encoding, rate_hz).unwrap();
    let cases = [
        (&[][..], Formats::default()),
        (
            &[
                ("input_audio_format", "audio/pcmu"),
                ("input_audio_rate", "8000"),
            ],
            Formats {
                input: format(Encoding::MuLaw, 8000),
                output: WireFormat::default(),
            },
        ),
        (
            &[
                ("output_audio_format", "audio/pcma"),
                ("output_audio_rate", "8000"),
            ],
            Formats {
                input: WireFormat::default(),
                output: format(Encoding::ALaw, 8000),
            },
        ),
        (
            &[
                ("input_audio_format", "g711_ulaw"),
                ("output_audio_rate", "8000"),
            ],
            Formats {
                input: format(Encoding::MuLaw, 24_000),
                output: format(Encoding::Pcm16, 8000),
            },
        ),
    ];
    for (asked, expected) in cases {
        let mut answers: Answers = asked
            .iter()
            .map(|(id, value)| ((*id).to_owned(), text(value)))
            .collect();
        assert_eq!(agree(&phone(), &mut answers), Ok(expected), "{asked:?}");
        assert_eq!(
            answers.len(),
            4,
            "the service is told all of it: {answers:?}"
        );
    }
}

#[test]
fn what_was_not_asked_for_is_asked_for_as_the_best_sound() {
    let mut answers = Answers::new();
    agree(&phone(), &mut answers).unwrap();
    for way in [INPUT, OUTPUT] {
        assert_eq!(answers[way.format_key], text("audio/pcm"));
        assert_eq!(answers[way.rate_key], text("24000"));
    }
    let mut answers = Answers::new();
    assert_eq!(
        agree(&form(&json!([])), &mut answers),
        Ok(Formats::default())
    );
    assert!(
        answers.is_empty(),
        "a model without such parameters is sent none"
    );
}

#[test]
fn sound_that_cannot_be_made_is_not_offered_and_refused() {
    let shown = with_usable_options(&phone());
    let values = |id: &str| -> Vec<String> {
        match &field(&shown, id).unwrap().control {
            Control::Select { options, .. } => {
                options.iter().map(|option| option.value.clone()).collect()
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        values("input_audio_format"),
        ["audio/pcma", "audio/pcmu", "audio/pcm"]
    );
    assert_eq!(values("input_audio_rate"), ["24000", "8000"]);
    assert_eq!(
        field(&shown, "input_audio_format")
            .unwrap()
            .default
            .as_deref(),
        Some("audio/pcm")
    );
    for (id, value) in [
        ("input_audio_format", "audio/opus"),
        ("input_audio_rate", "11025"),
    ] {
        let mut answers = Answers::from([(id.to_owned(), text(value))]);
        assert_eq!(
            agree(&phone(), &mut answers),
            Err(UnknownFormat {
                field: id_of(id),
                value: value.to_owned()
            })
        );
    }
}

fn id_of(id: &str) -> &'static str {
    [INPUT.format_key, INPUT.rate_key]
        .into_iter()
        .find(|known| *known == id)
        .unwrap()
}

#[test]
fn g711_is_a_byte_a_sample() {
    for (encoding, size) in [
        (Encoding::Pcm16, SampleSize::Two),
        (Encoding::MuLaw, SampleSize::One),
        (Encoding::ALaw, SampleSize::One),
    ] {
        assert_eq!(sample_size(WireFormat::new(encoding, 8000).unwrap()), size);
    }
}
