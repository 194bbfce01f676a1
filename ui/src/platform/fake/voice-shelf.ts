import type { VoiceKind, VoiceLine, VoiceSessionDetail, VoiceSpeaker, VoiceTurn } from "../types";
import { NOW_MS } from "./shelf";

type Said = readonly [speaker: VoiceSpeaker, atSeconds: number, text: string];

export function lines(said: readonly Said[]): VoiceLine[] {
  let turn = 0;
  return said.map(([speaker, at, text], index) => {
    const line: VoiceLine = { index, speaker, text, at_ms: at * 1000, end_ms: at * 1000 + 300 + text.length * 55, turn, is_final: true };
    if (speaker === "model") turn += 1;
    return line;
  });
}

export const TALK: readonly Said[] = [
  ["person", 1.2, "Good morning. I have half an hour before my train leaves. What should I see around the harbour?"],
  ["model", 8.1, "Good morning! With half an hour I would walk along the old quay to the lighthouse. It is ten minutes each way, and on a clear day you see the whole bay."],
  ["person", 19.6, "Is there coffee on the way?"],
  ["model", 22.4, "Yes, there is a small kiosk by the fish market that opens at seven. Their cinnamon rolls are worth a stop, too."],
  ["person", 30.9, "Lovely. And if it starts to rain?"],
  ["model", 33.8, "Then take tram four from the bridge. It goes back to the station every six minutes, and the first stop has a roof."],
];

interface Sketch {
  id: string;
  kind: VoiceKind;
  model: string;
  title: string;
  agoMs: number;
  seconds: number;
  said: readonly Said[];
  cost: string | null;
  recorded: boolean;
}

function turnsOf(said: readonly VoiceLine[], cost: string | null): VoiceTurn[] {
  const count = said.filter((line) => line.speaker === "model").length;
  return Array.from({ length: count }, (_, turn) => ({ turn, cost_usd: cost === null ? null : "0.012", latency_ms: 620 + turn * 140 }));
}

export function session({ id, said, agoMs, recorded, cost, ...rest }: Sketch): VoiceSessionDetail {
  const written = lines(said);
  return {
    summary: {
      ...rest, run_id: id, started_at_ms: NOW_MS - agoMs, is_over: true, cost_usd: cost, caption: written[0]?.text ?? "",
      line_count: written.length, has_recording: recorded,
    },
    lines: written,
    turns: turnsOf(written, cost),
    recording_path: recorded ? `/home/me/Wiro Studio/voice/${id}/recording.wav` : null,
    recording_bytes: recorded ? rest.seconds * 96_000 : null,
  };
}

const PARROT = { kind: "conversation", model: "sandbox/parrot", title: "Parrot" } as const;

/** Sessions of earlier days, one of each kind first. */
export function earlierSessions(): VoiceSessionDetail[] {
  return [
    session({ id: "talk-harbour", kind: "conversation", model: "northlight/duplex-mini", title: "Northlight Duplex Mini", agoMs: 4_200_000, seconds: 42, said: TALK, cost: "0.036", recorded: true }),
    session({ id: "read-poem", kind: "read_aloud", model: "sandbox/morse-tts", title: "Morse speaker", agoMs: 9_000_000, seconds: 96, said: [["model", 0.4, "The sea is calm tonight. The tide is full, the moon lies fair upon the straits."]], cost: "0.001", recorded: true }),
    session({
      id: "dictate-letter", kind: "dictate", model: "sandbox/morse-stt", title: "Morse listener", agoMs: 90_000_000, seconds: 31, cost: "0.001", recorded: false,
      said: [["person", 0.9, "Dear Ms Okafor, thank you for the drawings of the north wing. We have two questions about the stairs and would like to come by on Thursday."], ["person", 14.2, "Kind regards, and please greet the whole office."]],
    }),
    session({ id: "talk-silent", ...PARROT, agoMs: 200_000_000, seconds: 12, said: [], cost: null, recorded: false }),
    ...Array.from({ length: 40 }, (_, index) =>
      session({ id: `talk-${index}`, ...PARROT, agoMs: 260_000_000 + index * 40_000_000, seconds: 20 + index * 7, said: TALK.slice(0, 2 + (index % 4)), cost: "0.004", recorded: index % 3 === 0 }),
    ),
  ];
}
