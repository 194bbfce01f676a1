import { memo, type ReactNode, useEffect, useRef, useState } from "react";

import { Button } from "../../components/Button";
import { classes } from "../../lib/classes";
import { formatUsd } from "../../lib/format";
import { t } from "../../lib/i18n";
import { formatLatency, formatMark, speakerWords } from "../../lib/voice-words";
import type { VoiceLine } from "../../platform";
import styles from "./Transcript.module.css";

/** How near to the end still counts as being at the end. */
const SLACK = 8;
/** How many lines are in the document at first, so that a long evening stays as light as a short one. */
const SHOWN = 200;

export interface TurnFacts {
  usd: string | null;
  latencyMs: number | null;
}

interface RowProps {
  line: VoiceLine;
  /** Who speaks, where both sides do. A row that is not drawn anew would keep words of another language, so all come from above. */
  name: string | null;
  seekLabel: string;
  current: boolean;
  facts: string | null;
  onSeek: ((ms: number) => void) | null;
}

const Row = memo(function Row({ line, name, seekLabel, current, facts, onSeek }: RowProps) {
  const mark = formatMark(line.at_ms);
  return (
    <li className={classes(styles.row, styles[line.speaker], current && styles.current)} data-testid={`voice-line-${line.index}`} data-index={line.index} aria-current={current ? "true" : undefined}>
      {onSeek === null ? (
        <span className={styles.time}>{mark}</span>
      ) : (
        <button type="button" className={styles.seek} aria-label={seekLabel} onClick={() => onSeek(line.at_ms)}>
          {mark}
        </button>
      )}
      <div className={styles.words}>
        {name !== null && <span className={styles.speaker}>{name}</span>}
        <p className={classes(styles.text, !line.is_final && styles.growing)} dir="auto">
          {line.text}
        </p>
        {facts !== null && <span className={styles.facts}>{facts}</span>}
      </div>
    </li>
  );
});

function factsOf(line: VoiceLine, last: boolean, turn: TurnFacts | undefined): string | null {
  if (!last || !line.is_final || turn === undefined) return null;
  const words = [turn.usd === null ? null : formatUsd(turn.usd), turn.latencyMs === null ? null : t("voice.turn.answered", { time: formatLatency(turn.latencyMs) })].filter((word) => word !== null);
  return words.length === 0 ? null : words.join(" · ");
}

/** Follows what is said, unless the person scrolled up: only their own scrolling lets go and takes hold again. */
function useFollow(lines: readonly VoiceLine[], enabled: boolean) {
  const box = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(true);
  useEffect(() => {
    const element = box.current;
    if (enabled && following && element !== null) element.scrollTop = element.scrollHeight;
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- new lines are what it follows
  }, [enabled, following, lines]);
  return {
    box,
    following: following || !enabled,
    follow: () => setFollowing(true),
    onScroll: () => {
      const element = box.current;
      if (element !== null) setFollowing(element.scrollHeight - element.scrollTop - element.clientHeight <= SLACK);
    },
  };
}

interface TranscriptProps {
  lines: readonly VoiceLine[];
  named: boolean;
  turns: Readonly<Record<number, TurnFacts>>;
  /** Whether more is coming. */
  live: boolean;
  empty: ReactNode;
  tools?: ReactNode;
  /** The line that is being played. */
  current?: number | null;
  onSeek?: (ms: number) => void;
}

/** What both sides said, with its times. */
export function Transcript({ lines, named, turns, live, empty, tools, current = null, onSeek }: TranscriptProps) {
  const { box, following, follow, onScroll } = useFollow(lines, live);
  const [all, setAll] = useState(false);
  const shown = all ? lines : lines.slice(-SHOWN);
  const hidden = lines.length - shown.length;
  return (
    <section className={styles.card} aria-label={t("voice.transcript.title")}>
      <header className={styles.head}>
        <h2>{t("voice.transcript.title")}</h2>
        <div className={styles.tools}>{tools}</div>
      </header>
      {/* Read out line by line elsewhere: each word on its own would talk over the model. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <div ref={box} className={styles.box} role="log" aria-live="off" aria-label={t("voice.transcript.said")} tabIndex={0} onScroll={onScroll} data-testid="voice-transcript">
        {lines.length === 0 && <div className={styles.empty}>{empty}</div>}
        {hidden > 0 && (
          <Button className={styles.earlier} size="small" variant="quiet" onClick={() => setAll(true)}>
            {t("voice.transcript.earlier", { count: hidden })}
          </Button>
        )}
        <ol className={styles.lines}>
          {shown.map((line, place) => (
            <Row
              key={line.index}
              line={line}
              name={named ? speakerWords(line.speaker) : null}
              seekLabel={t("voice.transcript.playFrom", { time: formatMark(line.at_ms) })}
              current={current === line.index}
              facts={line.speaker === "model" || !named ? factsOf(line, shown[place + 1]?.turn !== line.turn, turns[line.turn]) : null}
              onSeek={onSeek ?? null}
            />
          ))}
        </ol>
      </div>
      {!following && (
        <Button className={styles.follow} size="small" icon="chevron" onClick={follow}>
          {t("voice.transcript.follow")}
        </Button>
      )}
    </section>
  );
}
