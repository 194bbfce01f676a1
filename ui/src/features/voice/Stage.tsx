import { type RefObject, useId } from "react";

import { Button } from "../../components/Button";
import { ProgressBar } from "../../components/Feedback";
import { LevelMeter } from "../../components/LevelMeter";
import { Segmented } from "../../components/Segmented";
import { useVoiceControl } from "../../data/voice";
import { formatUsd } from "../../lib/format";
import { t } from "../../lib/i18n";
import { costSoFar, formatLatency } from "../../lib/voice-words";
import type { VoiceMode, VoiceState } from "../../platform";
import { BigSwitch, inputLevel, outputLevel, TalkButton } from "./BigButton";
import styles from "./Stage.module.css";

const OPEN: ReadonlySet<VoiceState["phase"]> = new Set(["ready", "listening", "thinking", "speaking"]);

function hint(state: VoiceState): string {
  const { phase, muted, mode, talking } = state;
  if (phase === "connecting") return t("voice.hint.connecting");
  if (phase === "ending") return t("voice.hint.ending");
  if (phase === "paused") return t("voice.hint.paused");
  if (state.kind === "read_aloud") return t("voice.hint.reading");
  if (muted) return t("voice.hint.muted");
  if (mode === "hands_free") return t("voice.hint.free");
  return t(talking ? "voice.hint.release" : "voice.hint.hold");
}

interface StageProps {
  state: VoiceState;
  talk: RefObject<HTMLButtonElement | null>;
  hintId: string;
}

function Big({ state, talk, hintId }: StageProps) {
  const control = useVoiceControl();
  const open = OPEN.has(state.phase);
  const paused = state.phase === "paused";
  if (state.kind === "read_aloud" || (paused && state.pause === "person")) {
    const label = t(paused ? "voice.resume" : "voice.pause");
    const enabled = open || (paused && state.pause === "person");
    return <BigSwitch state={state} enabled={enabled} hintId={hintId} label={label} icon={paused ? "play" : "pause"} pressed={paused} onPress={() => control({ kind: "set_paused", paused: !paused })} button={talk} />;
  }
  if (state.mode === "hands_free") {
    return <BigSwitch state={state} enabled={open} hintId={hintId} label={t("voice.muteMicrophone")} icon={state.muted ? "mic_off" : "mic"} pressed={state.muted} onPress={() => control({ kind: "set_muted", muted: !state.muted })} button={talk} />;
  }
  return <TalkButton state={state} enabled={open && !state.muted} hintId={hintId} button={talk} />;
}

function Controls({ state }: { state: VoiceState }) {
  const control = useVoiceControl();
  const open = OPEN.has(state.phase);
  const hears = state.kind !== "read_aloud";
  const paused = state.phase === "paused";
  return (
    <div className={styles.controls} role="group" aria-label={t("voice.controls")}>
      {hears && state.mode === "hold_to_talk" && (
        <Button size="small" icon="mic" aria-pressed={state.talking} disabled={!open || state.muted} onClick={() => control({ kind: "talk_toggle" })} data-testid="voice-toggle">
          {t(state.talking ? "voice.talk.stop" : "voice.talk.keep")}
        </Button>
      )}
      {hears && (
        <Button size="small" icon={state.muted ? "mic_off" : "mic"} aria-pressed={state.muted} disabled={!open} onClick={() => control({ kind: "set_muted", muted: !state.muted })} data-testid="voice-mute">
          {t(state.muted ? "voice.unmute" : "voice.mute")}
        </Button>
      )}
      {state.kind === "conversation" && (
        <Button size="small" icon="stop" disabled={state.phase !== "speaking" && state.phase !== "thinking"} onClick={() => control({ kind: "interrupt" })} data-testid="voice-interrupt">
          {t("voice.interrupt")}
        </Button>
      )}
      {hears && (
        <Button size="small" icon={paused ? "play" : "pause"} disabled={!open && state.pause !== "person"} onClick={() => control({ kind: "set_paused", paused: !paused })} data-testid="voice-pause">
          {t(paused ? "voice.resume" : "voice.pause")}
        </Button>
      )}
    </div>
  );
}

function Modes({ state }: { state: VoiceState }) {
  const control = useVoiceControl();
  const id = useId();
  const modes: readonly { value: VoiceMode; label: string }[] = [
    { value: "hold_to_talk", label: t("voice.mode.hold") },
    { value: "hands_free", label: t("voice.mode.free") },
  ];
  return (
    <div className={styles.modes}>
      <span id={id} className={styles.hidden}>
        {t("voice.mode.label")}
      </span>
      <Segmented labelledBy={id} options={modes} value={state.mode} onValue={(mode) => control({ kind: "set_mode", mode })} testId="voice-mode" />
    </div>
  );
}

function Meters({ state }: { state: VoiceState }) {
  return (
    <div className={styles.meters}>
      {state.input_name !== null && (
        <div>
          <p className={styles.device} title={state.input_name}>
            {t("voice.meter.input", { name: state.input_name })}
          </p>
          <LevelMeter source={inputLevel} />
        </div>
      )}
      {state.output_name !== null && (
        <div>
          <p className={styles.device} title={state.output_name}>
            {t("voice.meter.output", { name: state.output_name })}
          </p>
          <LevelMeter source={outputLevel} />
        </div>
      )}
    </div>
  );
}

function Money({ state }: { state: VoiceState }) {
  const { cost_usd: cost, cost_cap_usd: cap, last_turn_usd: last, latency_ms: latency } = state;
  const share = cap === null ? null : (Number(cost ?? "0") / Number(cap)) * 100;
  return (
    <dl className={styles.money} data-testid="voice-cost">
      <div>
        <dt>{t("voice.cost.soFar")}</dt>
        <dd>
          <strong>{costSoFar(state)}</strong>
          {cap !== null && <span className={styles.quiet}> {t("voice.cost.ofCap", { cap: formatUsd(cap) })}</span>}
        </dd>
      </div>
      {share !== null && (
        <div className={styles.bar} data-near={share >= 80}>
          <dt className={styles.hidden}>{t("voice.cost.cap")}</dt>
          <dd>
            <ProgressBar label={t("voice.cost.capShare")} percentage={share} />
          </dd>
        </div>
      )}
      {last !== null && (
        <div>
          <dt>{t("voice.cost.lastTurn")}</dt>
          <dd>{formatUsd(last)}</dd>
        </div>
      )}
      {latency !== null && (
        <div>
          <dt>{t("voice.latency")}</dt>
          <dd>{formatLatency(latency)}</dd>
        </div>
      )}
    </dl>
  );
}

/** The button to talk with and everything around it. */
export function Stage({ state, talk, hintId }: StageProps) {
  const hears = state.kind !== "read_aloud";
  return (
    <>
      <div className={styles.center}>
        <Big state={state} talk={talk} hintId={hintId} />
        <p id={hintId} className={styles.hint} data-testid="voice-hint">
          {hint(state)}
        </p>
        <Controls state={state} />
        {hears && <Modes state={state} />}
      </div>
      <Meters state={state} />
      <Money state={state} />
    </>
  );
}
