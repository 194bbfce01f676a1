import { useEffect, useRef } from "react";

import { announce } from "../../lib/announce";
import { speakerWords } from "../../lib/voice-words";
import type { VoiceLine } from "../../platform";

/** Says each line to a screen reader once, when it is whole. What was there before the page is not read out again. */
export function useSpokenLines(lines: readonly VoiceLine[], named: boolean): void {
  const said = useRef<Set<number> | null>(null);
  useEffect(() => {
    const whole = lines.filter((line) => line.is_final);
    if (said.current === null) {
      said.current = new Set(whole.map((line) => line.index));
      return;
    }
    const known = said.current;
    const fresh = whole.filter((line) => !known.has(line.index));
    if (fresh.length === 0) return;
    for (const line of fresh) known.add(line.index);
    announce(fresh.map((line) => (named ? `${speakerWords(line.speaker)}: ${line.text}` : line.text)).join(" "));
  }, [lines, named]);
}
