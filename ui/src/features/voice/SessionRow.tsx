import { Link } from "wouter";

import { Skeleton } from "../../components/Feedback";
import { Icon, type IconName } from "../../components/Icon";
import { formatSeconds, formatUsd, formatWhen } from "../../lib/format";
import { type MessageKey, t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import type { VoiceKind, VoiceSessionSummary } from "../../platform";
import styles from "./SessionRow.module.css";

export const KIND_ICONS: Record<VoiceKind, IconName> = { conversation: "chat", read_aloud: "speaker", dictate: "text" };
const KIND_NAMES: Record<VoiceKind, MessageKey> = { conversation: "voice.kind.conversation", read_aloud: "voice.kind.read", dictate: "voice.kind.dictate" };

/** One session that was held, in a list. */
export function SessionRow({ session }: { session: VoiceSessionSummary }) {
  return (
    <Link className={styles.row} href={paths.voiceSession(session.run_id)} data-testid={`voice-session-${session.run_id}`}>
      <span className={styles.icon} title={t(KIND_NAMES[session.kind])}>
        <Icon name={KIND_ICONS[session.kind]} size={20} />
      </span>
      <span className={styles.words}>
        <span className={styles.caption} dir="auto">
          {session.caption === "" ? t("voice.sessions.silent") : session.caption}
        </span>
        <span className={styles.model}>
          {session.title}
          {session.has_recording && (
            <span className={styles.tag}>
              <Icon name="audio" size={14} />
              {t("voice.sessions.recorded")}
            </span>
          )}
          {!session.is_over && <span className={styles.tag}>{t("voice.sessions.open")}</span>}
        </span>
      </span>
      <span className={styles.end}>
        <span>{formatSeconds(Math.round(session.seconds))}</span>
        <span className={styles.cost}>{session.cost_usd === null ? "" : formatUsd(session.cost_usd)}</span>
        <time className={styles.time} dateTime={new Date(session.started_at_ms).toISOString()}>
          {formatWhen(session.started_at_ms)}
        </time>
      </span>
    </Link>
  );
}

export function SessionRowSkeleton() {
  return (
    <div className={styles.row} aria-hidden="true">
      <Skeleton width={36} height={36} />
      <span className={styles.words}>
        <Skeleton width="52%" height={14} />
        <Skeleton className={styles.second} width={150} height={12} />
      </span>
    </div>
  );
}
