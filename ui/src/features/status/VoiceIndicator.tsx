import { useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";

import { IconButton } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { notify } from "../../components/Toaster";
import { useLiveVoice, useVoiceControl } from "../../data/voice";
import { voiceProblem, voiceSession } from "../../data/voice-live";
import { announce } from "../../lib/announce";
import { readError } from "../../lib/errors";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import { useStore } from "../../lib/store";
import { endWords, isMicrophoneOpen, phaseWords } from "../../lib/voice-words";
import type { VoiceState } from "../../platform";
import styles from "./VoiceIndicator.module.css";

function microphoneWords(state: VoiceState): string {
  if (!isMicrophoneOpen(state)) return state.title;
  if (state.muted) return t("voice.strip.muted");
  return t(state.talking ? "voice.strip.heard" : "voice.strip.open");
}

/** What happens to the session while the person looks at another page. */
function useTold(): void {
  const state = useStore(voiceSession)?.state ?? null;
  const problem = useStore(voiceProblem);
  const [location, navigate] = useLocation();
  const away = location !== paths.voice;
  const phase = state?.phase;
  const last = useRef(phase);
  useEffect(() => {
    const before = last.current;
    last.current = phase;
    if (state === null || before === undefined || before === phase) return;
    const words = phase === "paused" ? t("voice.told.paused", { title: state.title }) : phase === "ended" ? t("voice.told.ended", { title: state.title, reason: state.end === null ? "" : endWords(state.end) }) : null;
    if (words === null) return;
    if (away) notify({ title: words, action: { label: t("toast.show"), run: () => navigate(paths.voice) } });
    else announce(words);
  }, [phase, state, away, navigate]);
  useEffect(() => {
    if (problem === null || !away) return;
    const { title, body } = readError(problem);
    notify({ title, body });
  }, [problem, away]);
}

/** A session is live: said on every page, with the two things that cannot wait. */
export function VoiceIndicator() {
  const session = useLiveVoice();
  const control = useVoiceControl();
  useTold();
  if (session === null) return null;
  const { state } = session;
  const open = isMicrophoneOpen(state);
  const ending = state.phase === "ending";
  return (
    <div className={styles.live} role="group" aria-label={t("voice.strip.label")} data-open={open && !state.muted} data-talking={state.talking} data-testid="voice-indicator">
      <Link className={styles.words} href={paths.voice}>
        <Icon name={open ? (state.muted ? "mic_off" : "mic") : "voice"} size={14} />
        <span className={styles.name}>{microphoneWords(state)}</span>
        <span className={styles.phase}>{phaseWords(state.phase)}</span>
      </Link>
      {open && <IconButton size="small" icon={state.muted ? "mic" : "mic_off"} label={t(state.muted ? "voice.unmute" : "voice.mute")} aria-pressed={state.muted} onClick={() => control({ kind: "set_muted", muted: !state.muted })} data-testid="voice-strip-mute" />}
      <IconButton size="small" icon="stop" label={t("voice.endSession")} disabled={ending} onClick={() => control({ kind: "end" })} data-testid="voice-strip-end" />
    </div>
  );
}
