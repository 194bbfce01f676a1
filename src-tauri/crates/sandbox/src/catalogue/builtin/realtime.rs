//! The models that are talked to while they run.

use serde_json::{Value, json};

use super::price;

pub(super) fn parrot() -> Value {
    json!({
        "title": "Parrot",
        "slugowner": "sandbox",
        "slugproject": "parrot",
        "description": "A realtime conversation: says back what it hears, in a higher voice, and can be interrupted.",
        "computingtime": "Realtime",
        "categories": ["tool", "realtime-conversation", "realtime"],
        "tags": ["voice", "conversation"],
        "dynamicprice": price("cp-realtimeturn", 0.002),
        "readme": "<p>It listens until you have been silent for half a second, or until your button is released, and says \
                   the same again as a parrot would: faster and higher. The transcripts tell how long you spoke and how \
                   loud: 0 dB is a square wave of full scale. Speak up while it speaks, or interrupt, and it stops.</p>\
                   <p>It takes sounds above -45 dB for speech, and above the noise of the room; a steady noise is part of \
                   the room after some seconds. A click of less than a tenth of a second is none, and after half a minute \
                   it answers in any case. Each answer is a turn, interrupted or not.</p>\
                   <p>A session ends when you end it or disconnect, after two minutes in which nobody says anything, or \
                   when the wallet cannot pay for another turn.</p>",
        "parameters": [{ "title": "Input", "items": [
            {
                "id": "voice", "type": "select", "label": "Voice", "required": false, "default": "amazon",
                "options": [
                    { "label": "Amazon: a quarter higher", "value": "amazon" },
                    { "label": "Budgerigar: half as high again", "value": "budgerigar" },
                    { "label": "Macaw: an eighth higher", "value": "macaw" },
                ],
                "note": "How much higher it speaks",
            },
            {
                "id": "system_instructions", "type": "textarea", "label": "System instructions", "required": false,
                "placeholder": "Say everything twice, and softly.",
                "note": "It knows two words: softly and twice",
            },
            format("input_audio_format", "Input audio format"),
            format("output_audio_format", "Output audio format"),
            rate("input_audio_rate", "Input audio rate"),
            rate("output_audio_rate", "Output audio rate"),
            {
                "id": "turn_detection_silence_ms", "type": "range", "label": "Silence duration (ms)", "required": false,
                "default": "500", "min": 200, "max": 5000, "step": 10,
                "note": "How long you are silent before it answers",
            },
        ]}],
    })
}

fn format(id: &str, label: &str) -> Value {
    json!({
        "id": id, "type": "select", "label": label, "required": false, "default": "audio/pcm",
        "options": [{ "label": "PCM 16 bit", "value": "audio/pcm" }],
    })
}

fn rate(id: &str, label: &str) -> Value {
    json!({
        "id": id, "type": "select", "label": label, "required": false, "default": "24000",
        "options": [
            { "label": "24 kHz (recommended)", "value": "24000" },
            { "label": "16 kHz", "value": "16000" },
            { "label": "8 kHz", "value": "8000" },
        ],
    })
}

pub(super) fn morse_tts() -> Value {
    json!({
        "title": "Morse text to speech",
        "slugowner": "sandbox",
        "slugproject": "morse-tts",
        "description": "Realtime text to speech for telegraphists: keys a text in Morse code, as a clean tone of 700 Hz.",
        "computingtime": "Realtime",
        "categories": ["tool", "text-to-speech", "realtime"],
        "tags": ["morse", "tone"],
        "dynamicprice": price("cp-realtimeturn", 0.001),
        "readme": "<p>International Morse code after Recommendation ITU-R M.1677-1: letters and \u{c9}, figures, and the signs \
                   . , : ? ' - / ( ) \" = + @ \u{d7}. What has no code is left out, and told. Each sentence or line is a segment and \
                   a turn. Marks rise and fall within 5 ms, at half of full scale.</p>\
                   <p>Sound comes in frames of 200 ms, two of them ahead of time.</p>",
        "inspire": [{ "text": "What hath God wrought", "speed": 20 }],
        "parameters": [{ "title": "Input", "items": [
            {
                "id": "text", "type": "textarea", "label": "Text", "required": true,
                "placeholder": "What hath God wrought", "note": "At most 2000 characters",
            },
            {
                "id": "speed", "type": "range", "label": "Speed", "required": false,
                "default": "20", "min": 5, "max": 60, "step": 1, "note": "Words a minute",
            },
        ]}],
    })
}

pub(super) fn morse_stt() -> Value {
    json!({
        "title": "Morse speech to text",
        "slugowner": "sandbox",
        "slugproject": "morse-stt",
        "description": "Realtime speech to text for telegraphists: reads Morse code from the microphone, word by word.",
        "computingtime": "Realtime",
        "categories": ["tool", "speech-to-text", "realtime"],
        "tags": ["morse", "tone"],
        "dynamicprice": price("cp-realtimeturn", 0.001),
        "readme": "<p>Follows the strongest tone between 450 and 1050 Hz, quiet or loud, and finds out the speed by itself: 5 to \
                   60 words a minute. A word is told once the space after it was long enough. Speed is uncertain at first, so \
                   the first word may wait for the second. A sign that is none of the code becomes \u{fffd}.</p>\
                   <p>Each message, up to a silence of two and a half seconds, is a turn; where nothing is read nothing is \
                   paid.</p>",
        "parameters": [{ "title": "Input", "items": [] }],
    })
}
