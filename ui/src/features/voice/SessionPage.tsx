import { type ReactNode, useState } from "react";
import { Link, useLocation } from "wouter";

import { Button } from "../../components/Button";
import { ErrorNote, Skeleton } from "../../components/Feedback";
import { Icon } from "../../components/Icon";
import { notify } from "../../components/Toaster";
import { useMediaUrl } from "../../data/app-state";
import { useVoiceSession } from "../../data/voice";
import { copyText } from "../../lib/clipboard";
import { formatBytes, formatSeconds, formatUsd, formatWhen } from "../../lib/format";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import { formatLatency, transcriptText } from "../../lib/voice-words";
import type { VoiceLine, VoiceSessionDetail, VoiceTurn } from "../../platform";
import { Player, type Seek } from "./Player";
import { SaveButtons } from "./SaveButtons";
import styles from "./SessionPage.module.css";
import { Transcript, type TurnFacts } from "./Transcript";

function Back() {
  return (
    <Link className={styles.back} href={paths.voiceSessions}>
      <Icon name="left" size={14} />
      {t("voice.sessions.title")}
    </Link>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Facts({ detail }: { detail: VoiceSessionDetail }) {
  const { summary } = detail;
  return (
    <section className={styles.card} aria-label={t("voice.session.details")}>
      <h2>{t("voice.session.details")}</h2>
      <dl className={styles.facts}>
        <Fact label={t("voice.session.when")}>{formatWhen(summary.started_at_ms)}</Fact>
        <Fact label={t("voice.session.lasted")}>{formatSeconds(Math.round(summary.seconds))}</Fact>
        <Fact label={t("voice.session.cost")}>{summary.cost_usd === null ? t("voice.cost.none") : formatUsd(summary.cost_usd)}</Fact>
        {detail.recording_bytes !== null && <Fact label={t("voice.session.recording")}>{formatBytes(detail.recording_bytes)}</Fact>}
      </dl>
      {detail.recording_path !== null && <p className={styles.path}>{detail.recording_path}</p>}
      <SaveButtons runId={summary.run_id} lines={detail.lines.length > 0} sound={summary.has_recording} />
    </section>
  );
}

function Turns({ turns }: { turns: readonly VoiceTurn[] }) {
  if (turns.length === 0) return null;
  return (
    <section className={styles.card} aria-labelledby="voice-turns">
      <h2 id="voice-turns">{t("voice.session.turns")}</h2>
      <div className={styles.scroll}>
        <table className={styles.turns} aria-labelledby="voice-turns">
          <thead>
            <tr>
              <th scope="col">{t("voice.session.turn")}</th>
              <th scope="col">{t("voice.session.answered")}</th>
              <th scope="col">{t("voice.session.cost")}</th>
            </tr>
          </thead>
          <tbody>
            {turns.map((turn) => (
              <tr key={turn.turn}>
                <th scope="row">{turn.turn + 1}</th>
                <td>{turn.latency_ms === null ? "–" : formatLatency(turn.latency_ms)}</td>
                <td>{turn.cost_usd === null ? "–" : formatUsd(turn.cost_usd)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** The line that is being heard at a time; the last one that had begun. */
export function lineAt(lines: readonly VoiceLine[], ms: number | null): number | null {
  if (ms === null) return null;
  return lines.findLast((line) => line.at_ms <= ms)?.index ?? null;
}

async function copy({ lines, summary }: VoiceSessionDetail): Promise<void> {
  const text = transcriptText(lines, summary.kind === "conversation");
  notify({ title: t((await copyText(text)) ? "common.copied" : "common.copyFailed") });
}

function Body({ detail }: { detail: VoiceSessionDetail }) {
  const { lines, summary, turns } = detail;
  const mediaUrl = useMediaUrl();
  const [at, setAt] = useState<number | null>(null);
  const [seek, setSeek] = useState<Seek | null>(null);
  const byTurn: Record<number, TurnFacts> = Object.fromEntries(turns.map((turn) => [turn.turn, { usd: turn.cost_usd, latencyMs: turn.latency_ms }]));
  const play = (ms: number): void => setSeek((last) => ({ ms, wish: (last?.wish ?? 0) + 1 }));
  return (
    <div className={styles.columns}>
      <div className={styles.main}>
        {summary.has_recording && <Player src={mediaUrl("recording", summary.run_id)} lines={lines} seconds={summary.seconds} seek={seek} onTime={setAt} />}
        <Transcript
          lines={lines}
          named={summary.kind === "conversation"}
          turns={byTurn}
          live={false}
          empty={<p>{t("voice.session.nothing")}</p>}
          current={lineAt(lines, at)}
          {...(summary.has_recording ? { onSeek: play } : {})}
          tools={
            lines.length > 0 && (
              <Button size="small" variant="quiet" icon="copy" onClick={() => void copy(detail)} data-testid="voice-copy">
                {t("voice.copy")}
              </Button>
            )
          }
        />
      </div>
      <div className={styles.side}>
        <Facts detail={detail} />
        <Turns turns={turns} />
      </div>
    </div>
  );
}

function Loaded({ detail }: { detail: VoiceSessionDetail }) {
  const [, navigate] = useLocation();
  const { summary } = detail;
  return (
    <>
      <header className={styles.head}>
        <Back />
        <div className={styles.titleRow}>
          <h1>{summary.title}</h1>
          <code className={styles.slug}>{summary.model}</code>
          <span className={styles.links}>
            <Link className={styles.link} href={paths.run(summary.run_id)}>
              {t("voice.session.run")}
            </Link>
            <Button size="small" icon="mic" onClick={() => navigate(paths.voiceModel(summary.model))}>
              {t("voice.ended.again")}
            </Button>
          </span>
        </div>
      </header>
      <Body detail={detail} />
    </>
  );
}

/** One session that was held: its sound, its words, its cost. */
export function SessionPage({ runId }: { runId: string }) {
  const { data, error, isPending, refetch } = useVoiceSession(runId);
  return (
    <div className={styles.page} aria-busy={isPending}>
      {data !== undefined ? (
        <Loaded key={runId} detail={data} />
      ) : (
        <header className={styles.head}>
          <Back />
          {error === null ? (
            <div role="group" aria-label={t("voice.session.loading")}>
              <Skeleton width={240} height={28} />
              <Skeleton className={styles.skeleton} height={200} />
            </div>
          ) : (
            <>
              <h1>{t("voice.session.missing")}</h1>
              <ErrorNote error={error} actions={{ retry: () => void refetch() }} />
            </>
          )}
        </header>
      )}
    </div>
  );
}
