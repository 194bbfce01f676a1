import { type RefObject, useEffect, useId, useRef, useState } from "react";

import { Button } from "../../components/Button";
import { ErrorNote, Note } from "../../components/Feedback";
import { notify } from "../../components/Toaster";
import { useVoiceControl } from "../../data/voice";
import { type HeardSession, isLive, voiceDeaf, voiceProblem } from "../../data/voice-live";
import { copyText } from "../../lib/clipboard";
import { t } from "../../lib/i18n";
import { useStore } from "../../lib/store";
import { endWords, formatMark, phaseWords, transcriptText } from "../../lib/voice-words";
import type { VoiceState } from "../../platform";
import { EndedCard } from "./EndedCard";
import styles from "./LivePage.module.css";
import { LostDevice } from "./LostDevice";
import { ReadText } from "./ReadText";
import { Stage } from "./Stage";
import { Transcript, type TurnFacts } from "./Transcript";
import { useSpokenLines } from "./use-spoken-lines";

/** How long the session has been going, second by second. */
function Elapsed({ since, until }: { since: number; until: number | null }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (until !== null) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [until]);
  return (
    <span className={styles.elapsed} aria-label={t("voice.elapsed")}>
      {formatMark((until ?? now) - since)}
    </span>
  );
}

function Head({ state }: { state: VoiceState }) {
  const control = useVoiceControl();
  const ending = state.phase === "ending";
  return (
    <header className={styles.head}>
      <div className={styles.words}>
        <h1>{state.title}</h1>
        <p className={styles.phase} role="status" data-testid="voice-phase" data-phase={state.phase}>
          <span className={styles.dot} aria-hidden="true" />
          {phaseWords(state.phase)}
          {ending && state.end !== null && ` · ${endWords(state.end)}`}
        </p>
      </div>
      {state.record && state.phase !== "ended" && <span className={styles.record}>{t("voice.recording")}</span>}
      {state.ready_at_ms !== null && <Elapsed since={state.ready_at_ms} until={state.ended_at_ms} />}
      {isLive(state) && (
        <Button variant="danger" icon="stop" disabled={ending} onClick={() => control({ kind: "end" })} data-testid="voice-end">
          {t(ending ? "voice.ending" : state.kind === "read_aloud" ? "voice.stopReading" : "voice.endSession")}
        </Button>
      )}
    </header>
  );
}

/** What is wrong right now; the session may go on all the same. */
function Troubles({ state }: { state: VoiceState }) {
  const problem = useStore(voiceProblem);
  const deaf = useStore(voiceDeaf);
  const lost = state.pause === "input_lost" || state.pause === "output_lost";
  return (
    <div className={styles.troubles}>
      {lost && isLive(state) && <LostDevice key={state.pause} side={state.pause === "input_lost" ? "input" : "output"} state={state} />}
      {!lost && state.trouble !== null && <ErrorNote error={state.trouble} testId="voice-trouble" />}
      {problem !== null && <ErrorNote error={problem} testId="voice-problem" />}
      {deaf && <Note severity="warning" title={t("voice.deafTitle")} body={t("voice.deafBody", { name: state.input_name ?? "" })} detail={null} testId="voice-deaf" />}
    </div>
  );
}

function turnFacts({ state, turnCosts, lines }: HeardSession): Record<number, TurnFacts> {
  const last = lines.at(-1)?.turn;
  const facts: Record<number, TurnFacts> = {};
  for (const [turn, usd] of Object.entries(turnCosts)) facts[Number(turn)] = { usd, latencyMs: Number(turn) === last ? state.latency_ms : null };
  return facts;
}

function emptyWords({ kind, phase, mode }: VoiceState): string {
  if (phase === "connecting") return t("voice.empty.connecting");
  if (kind === "read_aloud") return t("voice.empty.read");
  return t(mode === "hold_to_talk" ? "voice.empty.hold" : "voice.empty.free");
}

async function copy(session: HeardSession): Promise<void> {
  const text = transcriptText(session.lines, session.state.kind === "conversation");
  notify({ title: t((await copyText(text)) ? "common.copied" : "common.copyFailed") });
}

/** After a click, the space bar is for talking again, not for the button that was clicked. */
function giveBack(target: EventTarget, clicks: number, talk: RefObject<HTMLButtonElement | null>): void {
  if (clicks > 0 && target instanceof Element && target.closest("button") !== null) talk.current?.focus({ preventScroll: true });
}

function Said({ session }: { session: HeardSession }) {
  const { state, lines } = session;
  if (state.kind === "read_aloud" && lines.length === 0) return <ReadText state={state} />;
  return (
    <Transcript
      lines={lines}
      named={state.kind === "conversation"}
      turns={turnFacts(session)}
      live={isLive(state)}
      empty={<p>{emptyWords(state)}</p>}
      tools={
        lines.length > 0 && (
          <Button size="small" variant="quiet" icon="copy" onClick={() => void copy(session)} data-testid="voice-copy">
            {t("voice.copy")}
          </Button>
        )
      }
    />
  );
}

/** The live session, or the one that has just ended. */
export function LivePage({ session }: { session: HeardSession }) {
  const { state, lines } = session;
  const talk = useRef<HTMLButtonElement>(null);
  const hintId = useId();
  useSpokenLines(lines, state.kind === "conversation");
  return (
    <div className={styles.page} data-testid="voice-live">
      <Head state={state} />
      <Troubles state={state} />
      <div className={styles.columns}>
        {isLive(state) ? (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- it only moves the focus on after a click on something inside
          <div className={styles.stage} onClick={(event) => giveBack(event.target, event.detail, talk)}>
            <Stage state={state} talk={talk} hintId={hintId} />
          </div>
        ) : (
          <div className={styles.stage}>
            <EndedCard session={session} />
          </div>
        )}
        <Said session={session} />
      </div>
    </div>
  );
}
