//! What a realtime model does, and the sound it takes and gives. Pure.
//!
//! 24 kHz PCM16 each way unless the model has parameters of its own for it (`PROTOCOL.md` sections 12.1 and 12.2): then the
//! frames match what is asked for, and what is not asked for is asked for as PCM, so that nobody has to guess the default.

use wiro_audio::pcm::{Encoding, WireFormat};
use wiro_client::forms::{Control, Field, FormDefinition};
use wiro_client::realtime::SampleSize;

use crate::dto::{AnswerInput, Answers, VoiceKind};
use crate::error::Error;

const REALTIME: &str = "realtime";
const CONVERSATION: &str = "realtime-conversation";
const TO_SPEECH: &str = "text-to-speech";
const TO_TEXT: &str = "speech-to-text";

/// Names of encodings on the wire, as providers write them.
const ENCODINGS: [(&str, Encoding); 3] = [
    ("audio/pcm", Encoding::Pcm16),
    ("audio/pcmu", Encoding::MuLaw),
    ("audio/pcma", Encoding::ALaw),
];
/// Other names of the same.
const ALIASES: [(&str, &str); 6] = [
    ("pcm", "audio/pcm"),
    ("pcm16", "audio/pcm"),
    ("g711_ulaw", "audio/pcmu"),
    ("pcmu", "audio/pcmu"),
    ("g711_alaw", "audio/pcma"),
    ("pcma", "audio/pcma"),
];

/// One way: its two parameters.
#[derive(Debug, Clone, Copy)]
struct Way {
    format_key: &'static str,
    rate_key: &'static str,
}

const INPUT: Way = Way {
    format_key: "input_audio_format",
    rate_key: "input_audio_rate",
};
const OUTPUT: Way = Way {
    format_key: "output_audio_format",
    rate_key: "output_audio_rate",
};

/// The sound of a session, each way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Formats {
    /// To the model.
    pub(crate) input: WireFormat,
    /// From the model.
    pub(crate) output: WireFormat,
}

/// Sound that cannot be made or played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnknownFormat {
    /// The parameter that asks for it.
    pub(crate) field: &'static str,
    /// What it asks for.
    pub(crate) value: String,
}

impl From<UnknownFormat> for Error {
    fn from(UnknownFormat { field, value }: UnknownFormat) -> Self {
        Self::VoiceFormat { field, value }
    }
}

/// What a model of these categories does; none for one that is not talked with.
pub(crate) fn kind_of(categories: &[String], form: &FormDefinition) -> Option<VoiceKind> {
    let has = |wanted: &str| categories.iter().any(|category| category == wanted);
    if has(CONVERSATION) {
        return Some(VoiceKind::Conversation);
    }
    if !has(REALTIME) {
        return None;
    }
    Some(match (has(TO_SPEECH), has(TO_TEXT)) {
        (true, false) => VoiceKind::ReadAloud,
        (false, true) => VoiceKind::Dictate,
        // Its form tells: a text that has to be given is what is read.
        _ if field(form, "text").is_some_and(|text| text.required) => VoiceKind::ReadAloud,
        _ => VoiceKind::Conversation,
    })
}

/// The form without options of sound that cannot be made or played.
pub(crate) fn with_usable_options(form: &FormDefinition) -> FormDefinition {
    let mut form = form.clone();
    for field in form.groups.iter_mut().flat_map(|group| &mut group.fields) {
        let id = field.id.clone();
        let is_usable = |value: &str| {
            [INPUT, OUTPUT].iter().all(|way| {
                (id != way.format_key || encoding(value).is_some())
                    && (id != way.rate_key || rate(value).is_some())
            })
        };
        if let Control::Select { options, .. } = &mut field.control {
            options.retain(|option| is_usable(&option.value));
        }
        let starts_as = [INPUT, OUTPUT].iter().find_map(|way| way.preferred(&id));
        if let Some(value) = starts_as.filter(|value| offers(field, value)) {
            field.default = Some(value.to_owned());
        }
    }
    form
}

/// The sound these answers ask for; they are completed, so that the service and this app agree on it.
pub(crate) fn agree(
    form: &FormDefinition,
    answers: &mut Answers,
) -> Result<Formats, UnknownFormat> {
    Ok(Formats {
        input: INPUT.agree(form, answers)?,
        output: OUTPUT.agree(form, answers)?,
    })
}

/// What a sample of this format takes on the wire.
pub(crate) const fn sample_size(format: WireFormat) -> SampleSize {
    match format.encoding() {
        Encoding::Pcm16 => SampleSize::Two,
        Encoding::MuLaw | Encoding::ALaw => SampleSize::One,
    }
}

impl Way {
    /// What a parameter of this way is when nobody chose: the best sound.
    fn preferred(self, id: &str) -> Option<&'static str> {
        if id == self.format_key {
            Some("audio/pcm")
        } else if id == self.rate_key {
            Some("24000")
        } else {
            None
        }
    }

    fn agree(
        self,
        form: &FormDefinition,
        answers: &mut Answers,
    ) -> Result<WireFormat, UnknownFormat> {
        let unknown = |field, value: &str| UnknownFormat {
            field,
            value: value.to_owned(),
        };
        let usual = WireFormat::default();
        let asked = |key| settle(form, answers, key, self.preferred(key).unwrap_or_default());
        let mut asked = asked;
        let encoding = match asked(self.format_key) {
            Some(value) => encoding(&value).ok_or_else(|| unknown(self.format_key, &value))?,
            None => usual.encoding(),
        };
        let asked_rate = asked(self.rate_key);
        let rate_hz = match &asked_rate {
            Some(value) => rate(value).ok_or_else(|| unknown(self.rate_key, value))?,
            None => usual.sample_rate_hz(),
        };
        WireFormat::new(encoding, rate_hz)
            .map_err(|_| unknown(self.rate_key, &asked_rate.unwrap_or_default()))
    }
}

/// What is asked for by a parameter the model has: the answer, else `preferred`, which becomes the answer.
fn settle(
    form: &FormDefinition,
    answers: &mut Answers,
    key: &str,
    preferred: &str,
) -> Option<String> {
    let field = field(form, key)?;
    match answers.get(key) {
        Some(AnswerInput::Text { value }) if !value.trim().is_empty() => {
            return Some(value.trim().to_owned());
        }
        _ => {}
    }
    let value = if offers(field, preferred) {
        preferred.to_owned()
    } else {
        field.default.clone()?
    };
    answers.insert(
        key.to_owned(),
        AnswerInput::Text {
            value: value.clone(),
        },
    );
    Some(value)
}

fn field<'form>(form: &'form FormDefinition, id: &str) -> Option<&'form Field> {
    let mut fields = form.groups.iter().flat_map(|group| &group.fields);
    fields.find(|field| field.id == id)
}

fn offers(field: &Field, value: &str) -> bool {
    match &field.control {
        Control::Select { options, .. } => options.iter().any(|option| option.value == value),
        _ => true,
    }
}

fn encoding(name: &str) -> Option<Encoding> {
    let name = name.trim().to_ascii_lowercase();
    let name = ALIASES
        .iter()
        .find(|(alias, _)| *alias == name)
        .map_or(name.as_str(), |(_, known)| known);
    ENCODINGS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, encoding)| *encoding)
}

fn rate(text: &str) -> Option<u32> {
    let rate_hz = text.trim().parse().ok()?;
    WireFormat::RATES_HZ.contains(&rate_hz).then_some(rate_hz)
}

#[cfg(test)]
mod tests;
