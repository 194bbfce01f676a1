import type { ModelDetail, VoiceKind, VoiceModel } from "../types";
import { field, model, options } from "./catalogue";
import { error } from "./shelf";

const SANDBOX: readonly (readonly [VoiceKind, ModelDetail])[] = [
  ["conversation", model({
    slug: "sandbox/parrot", title: "Parrot", description: "Says back what it heard, a little higher, and tells how long and how loud it was.",
    categories: ["realtime-conversation"], price: { kind: "rate", usd: "0.002", unit: "turn" },
    groups: [{ title: "Voice", fields: [field("pitch", "Pitch", { kind: "range", min: 0, max: 12, step: 1 }, { default: "4", help: "Half tones above what it heard." })] }],
  })],
  ["read_aloud", model({
    slug: "sandbox/morse-tts", title: "Morse speaker", description: "Reads a text aloud in Morse code, at the speed you like.",
    categories: ["text-to-speech", "realtime"], price: { kind: "rate", usd: "0.001", unit: "turn" },
    groups: [{ title: "Input", fields: [
      field("text", "Text", { kind: "text_area" }, { required: true, placeholder: "Paste or write what should be read" }),
      field("speed", "Words per minute", { kind: "range", min: 5, max: 30, step: 1 }, { default: "18" }),
    ] }],
  })],
  ["dictate", model({
    slug: "sandbox/morse-stt", title: "Morse listener", description: "Writes down the Morse code it hears, letter by letter.",
    categories: ["speech-to-text", "realtime"], price: { kind: "rate", usd: "0.001", unit: "turn" },
    groups: [{ title: "Input", fields: [field("transcriptionDelay", "Delay", { kind: "select", options: options("Fast", "Balanced", "Careful"), multiple: false, boolean: false }, { default: "balanced", help: "Speed against accuracy." })] }],
  })],
];

const MORE: readonly (readonly [VoiceKind, ModelDetail])[] = [
  ["conversation", model({
    slug: "northlight/duplex-mini", title: "Northlight Duplex Mini", description: "Talks and listens at the same time, in many languages. You can cut it off at any word.",
    categories: ["realtime-conversation", "realtime"], price: { kind: "rate", usd: "0.012", unit: "turn" }, success: 0.98,
    groups: [
      { title: "Voice", fields: [field("voice", "Voice", { kind: "select", options: options("Alloy", "Cedar", "Coral", "Sage"), multiple: false, boolean: false }, { default: "cedar" })] },
      { title: "Behaviour", fields: [field("system_instructions", "Instructions", { kind: "text_area" }, { required: true, placeholder: "You are a patient language teacher", help: "Who the model should be, and how it should talk." })] },
    ],
  })],
  ["conversation", model({
    slug: "kumo/speech-to-speech-with-a-very-long-name-for-telephone-lines", title: "Kumo Telefonassistent für Bestellannahme und Terminvereinbarung",
    description: "A voice for telephone lines. Understands dialects, spells names, and repeats what it wrote down before it goes on.",
    categories: ["realtime-conversation", "realtime"], price: { kind: "unknown", reason: "This model publishes no prices." },
  })],
  ["read_aloud", model({
    slug: "hum/moss", title: "Hum Moss", description: "Realtime text to speech in the voice of a short recording.",
    categories: ["text-to-speech", "voice-clone", "realtime"], price: { kind: "rate", usd: "0.004", unit: "turn" },
    groups: [{ title: "Input", fields: [
      field("text", "Text", { kind: "text_area" }, { required: true }),
      field("inputAudio", "Reference voice", { kind: "files", mode: "single", max_files: 1, url_key: "inputAudioUrl" }, { help: "A few seconds of the voice it should have." }),
    ] }],
  })],
];

/** Models to talk with: those of the Sandbox, and some more of an account with many. */
export function voiceModels(many: boolean): ModelDetail[] {
  return (many ? [...SANDBOX, ...MORE] : SANDBOX).map(([, detail]) => detail);
}

export function voiceModelOf(slug: string): VoiceModel {
  const found = [...SANDBOX, ...MORE].find(([, detail]) => detail.summary.model === slug);
  if (found === undefined) throw error("voice.not_realtime", "none", slug);
  return { kind: found[0], detail: found[1] };
}
