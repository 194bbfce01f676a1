import { useLocation } from "wouter";

import { Button } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { leaveVoice } from "../../data/voice";
import type { HeardSession } from "../../data/voice-live";
import { formatSeconds } from "../../lib/format";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import { costSoFar, endWords } from "../../lib/voice-words";
import styles from "./EndedCard.module.css";
import { SaveButtons } from "./SaveButtons";

/** The session is over: why, what it cost, and where to go from here. */
export function EndedCard({ session: { state, lines } }: { session: HeardSession }) {
  const [, navigate] = useLocation();
  const began = state.ready_at_ms !== null;
  const seconds = ((state.ended_at_ms ?? 0) - (state.ready_at_ms ?? 0)) / 1000;
  const leave = (path: string): void => {
    leaveVoice();
    navigate(path);
  };
  return (
    <div className={styles.ended} data-testid="voice-ended">
      <span className={styles.icon}>
        <Icon name={state.end === "failed" ? "alert" : "check"} size={24} />
      </span>
      <h2>{t(began ? "voice.ended.title" : "voice.ended.never")}</h2>
      {state.end !== null && <p className={styles.quiet}>{endWords(state.end)}</p>}
      {began && (
        <dl className={styles.facts}>
          <div>
            <dt>{t("voice.ended.lasted")}</dt>
            <dd>{formatSeconds(Math.round(seconds))}</dd>
          </div>
          <div>
            <dt>{t("voice.ended.cost")}</dt>
            <dd>{costSoFar(state)}</dd>
          </div>
          <div>
            <dt>{t("voice.ended.lines")}</dt>
            <dd>{lines.length}</dd>
          </div>
        </dl>
      )}
      {began && <SaveButtons runId={state.run_id} lines={lines.length > 0} sound={state.record} />}
      <div className={styles.next}>
        {began && (
          <Button variant="primary" onClick={() => leave(paths.voiceSession(state.run_id))} data-testid="voice-open-session">
            {t("voice.ended.open")}
          </Button>
        )}
        <Button onClick={() => leave(paths.voiceModel(state.model))} data-testid="voice-again">
          {t("voice.ended.again")}
        </Button>
        <Button variant="quiet" onClick={() => leave(paths.voice)} data-testid="voice-leave">
          {t("voice.ended.other")}
        </Button>
      </div>
    </div>
  );
}
