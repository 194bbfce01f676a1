import { type ReactNode, type RefObject, useCallback, useEffect, useRef } from "react";

import { Icon, type IconName } from "../../components/Icon";
import type { LevelSource } from "../../components/LevelMeter";
import { useVoiceControl } from "../../data/voice";
import { voiceLevels } from "../../data/voice-live";
import { classes } from "../../lib/classes";
import { levelShare } from "../../lib/level";
import { t } from "../../lib/i18n";
import type { VoiceState } from "../../platform";
import styles from "./BigButton.module.css";
import { type Hold, useHold } from "./use-hold";

export const inputLevel: LevelSource = (listener) => voiceLevels.subscribe(({ input }) => listener(input));
export const outputLevel: LevelSource = (listener) => voiceLevels.subscribe(({ output }) => listener(output));

/** A ring that grows with what is heard, past React. */
function Ring({ source, className }: { source: LevelSource; className: string | undefined }) {
  const ring = useRef<HTMLSpanElement>(null);
  useEffect(
    () =>
      source((dbfs) => {
        if (ring.current !== null) ring.current.style.transform = `scale(${0.96 + levelShare(dbfs) * 0.32})`;
      }),
    [source],
  );
  return <span ref={ring} className={classes(styles.ring, className)} aria-hidden="true" />;
}

function Dial({ phase, live, children }: { phase: VoiceState["phase"]; live: boolean; children: ReactNode }) {
  return (
    <div className={styles.dial} data-phase={phase} data-live={live}>
      <Ring source={outputLevel} className={styles.out} />
      <Ring source={inputLevel} className={styles.in} />
      {children}
    </div>
  );
}

/** What the keyboard, the pointer and a screen reader do with the button. */
function useTalk(state: VoiceState, enabled: boolean): { hold: Hold; toggle: () => void } {
  const control = useVoiceControl();
  const press = useCallback(() => control({ kind: "talk_down" }), [control]);
  const release = useCallback(() => control({ kind: "talk_up" }), [control]);
  const hold = useHold(enabled && state.mode === "hold_to_talk", press, release);
  return { hold, toggle: () => control({ kind: "talk_toggle" }) };
}

interface TalkProps {
  state: VoiceState;
  enabled: boolean;
  hintId: string;
  button: RefObject<HTMLButtonElement | null>;
}

/** Held down, the person is heard. */
export function TalkButton({ state, enabled, hintId, button }: TalkProps) {
  const { hold, toggle } = useTalk(state, enabled);
  return (
    <Dial phase={state.phase} live={state.talking}>
      <button
        ref={button}
        type="button"
        className={styles.button}
        data-talk=""
        data-testid="voice-talk"
        aria-label={t("voice.talk.hold")}
        aria-pressed={state.talking}
        aria-describedby={hintId}
        aria-disabled={!enabled}
        aria-keyshortcuts="Space"
        onPointerDown={(event) => {
          if (!enabled || event.button !== 0) return;
          // The pointer may leave the button and still come up here.
          event.currentTarget.setPointerCapture?.(event.pointerId);
          hold.down("pointer");
        }}
        onPointerUp={() => hold.up("pointer")}
        onPointerCancel={() => hold.up("pointer")}
        onLostPointerCapture={() => hold.up("pointer")}
        onContextMenu={(event) => event.preventDefault()}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !enabled) return;
          event.preventDefault();
          if (!event.repeat) hold.down("enter");
        }}
        onKeyUp={(event) => {
          if (event.key === "Enter") hold.up("enter");
        }}
        onBlur={() => hold.up("enter")}
        onClick={(event) => {
          // Whoever cannot hold a key, such as a screen reader, clicks without a pointer: once to talk, once more to stop.
          if (enabled && event.detail === 0) toggle();
        }}
      >
        <Icon name="mic" size={32} />
      </button>
    </Dial>
  );
}

interface SwitchProps {
  state: VoiceState;
  enabled: boolean;
  hintId: string;
  label: string;
  icon: IconName;
  pressed: boolean;
  onPress: () => void;
  button: RefObject<HTMLButtonElement | null>;
}

/** Pressed once, it stays: muting a microphone that is open all the time, or pausing what is read. */
export function BigSwitch({ state, enabled, hintId, label, icon, pressed, onPress, button }: SwitchProps) {
  return (
    <Dial phase={state.phase} live={!pressed && enabled}>
      <button
        ref={button}
        type="button"
        className={styles.button}
        data-testid="voice-switch"
        aria-label={label}
        aria-pressed={pressed}
        aria-describedby={hintId}
        aria-disabled={!enabled}
        onClick={() => enabled && onPress()}
      >
        <Icon name={icon} size={32} />
      </button>
    </Dial>
  );
}
