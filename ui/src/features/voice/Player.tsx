import { useEffect, useId, useRef, useState } from "react";

import { IconButton } from "../../components/Button";
import { Note } from "../../components/Feedback";
import { Slider } from "../../components/Slider";
import { t } from "../../lib/i18n";
import { formatMark, speakerWords } from "../../lib/voice-words";
import type { VoiceLine, VoiceSpeaker } from "../../platform";
import styles from "./Player.module.css";

/** A part of the recording a person wants to hear: from where, and which wish it is, so that the same twice counts twice. */
export interface Seek {
  ms: number;
  wish: number;
}

interface LaneProps {
  speaker: VoiceSpeaker;
  lines: readonly VoiceLine[];
  totalMs: number;
}

/** When one side spoke, along the recording. The transcript says the same in words. */
function Lane({ speaker, lines, totalMs }: LaneProps) {
  return (
    <div className={styles.lane} data-speaker={speaker}>
      <span className={styles.laneName}>{speakerWords(speaker)}</span>
      <div className={styles.track} aria-hidden="true">
        {lines
          .filter((line) => line.speaker === speaker)
          .map((line) => (
            <span key={line.index} style={{ insetInlineStart: `${(line.at_ms / totalMs) * 100}%`, width: `${(Math.max(200, line.end_ms - line.at_ms) / totalMs) * 100}%` }} />
          ))}
      </div>
    </div>
  );
}

interface PlayerProps {
  src: string;
  lines: readonly VoiceLine[];
  /** As the library knows it; the file itself says it when it is loaded. */
  seconds: number;
  seek: Seek | null;
  onTime: (ms: number) => void;
}

/** Plays the recording of a session beside a picture of who spoke when. */
export function Player({ src, lines, seconds, seek, onTime }: PlayerProps) {
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState(seconds);
  const [broken, setBroken] = useState(false);
  const id = useId();
  const go = (to: number): void => {
    setAt(to);
    onTime(to * 1000);
    if (audio.current !== null) audio.current.currentTime = to;
  };
  useEffect(() => {
    const element = audio.current;
    if (seek === null || element === null) return;
    element.currentTime = seek.ms / 1000;
    // A player that may not start by itself stays where it is; its button is there.
    element.play().catch(() => undefined);
  }, [seek]);
  const toggle = (): void => {
    const element = audio.current;
    if (element === null) return;
    if (playing) element.pause();
    else element.play().catch(() => setBroken(true));
  };
  const totalMs = Math.max(1000, length * 1000, ...lines.map((line) => line.end_ms));
  return (
    <section className={styles.player} aria-label={t("voice.player.label")} data-testid="voice-player">
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- the transcript below is its caption */}
      <audio
        ref={audio}
        src={src}
        preload="metadata"
        onLoadedMetadata={(event) => Number.isFinite(event.currentTarget.duration) && setLength(event.currentTarget.duration)}
        onTimeUpdate={(event) => {
          setAt(event.currentTarget.currentTime);
          onTime(event.currentTarget.currentTime * 1000);
        }}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setPlaying(false)}
        onError={() => setBroken(true)}
      />
      {broken ? (
        <Note severity="warning" title={t("voice.player.brokenTitle")} body={t("voice.player.brokenBody")} detail={null} testId="voice-player-broken" />
      ) : (
        <div className={styles.bar}>
          <IconButton icon={playing ? "pause" : "play"} variant="primary" label={t(playing ? "voice.player.pause" : "voice.player.play")} onClick={toggle} data-testid="voice-play" />
          <div className={styles.middle} aria-describedby={id}>
            <div className={styles.lanes}>
              <Lane speaker="person" lines={lines} totalMs={totalMs} />
              <Lane speaker="model" lines={lines} totalMs={totalMs} />
            </div>
            <div className={styles.slider}>
              <Slider label={t("voice.player.position")} min={0} max={Math.max(1, length)} step={0.5} value={Math.min(at, Math.max(1, length))} onValue={go} />
            </div>
          </div>
          <span id={id} className={styles.time}>
            {t("voice.player.time", { at: formatMark(at * 1000), total: formatMark(length * 1000) })}
          </span>
        </div>
      )}
    </section>
  );
}
