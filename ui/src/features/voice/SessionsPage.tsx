import { Link, useLocation } from "wouter";

import { Button } from "../../components/Button";
import { EmptyState, ErrorNote, RetryBar } from "../../components/Feedback";
import { Icon } from "../../components/Icon";
import { Page } from "../../components/Page";
import { VirtualRows } from "../../components/VirtualRows";
import { useVoiceSessions } from "../../data/voice";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import { SessionRow, SessionRowSkeleton } from "./SessionRow";
import styles from "./SessionsPage.module.css";

const ROW = 60;

function Body() {
  const sessions = useVoiceSessions();
  const [, navigate] = useLocation();
  if (sessions.error !== null) {
    return (
      <div className={styles.aside}>
        <ErrorNote error={sessions.error} actions={{ retry: sessions.retry }} />
      </div>
    );
  }
  if (sessions.pending) {
    return (
      <div className={styles.aside} role="group" aria-busy="true" aria-label={t("voice.sessions.loading")}>
        {Array.from({ length: 8 }, (_, index) => (
          <SessionRowSkeleton key={index} />
        ))}
      </div>
    );
  }
  if (sessions.total === 0) {
    return (
      <EmptyState icon="voice" title={t("voice.recent.noneTitle")} body={t("voice.recent.noneBody")}>
        <Button variant="primary" onClick={() => navigate(paths.voice)}>
          {t("voice.sessions.start")}
        </Button>
      </EmptyState>
    );
  }
  return (
    <>
      {sessions.partError !== null && <RetryBar error={sessions.partError} onRetry={sessions.retry} />}
      <VirtualRows
        place="voice-sessions"
        className={styles.list}
        label={t("voice.sessions.title")}
        count={sessions.total}
        rowHeight={ROW}
        onVisible={sessions.show}
        testId="voice-sessions"
        keyOf={(index) => sessions.at(index)?.run_id}
        render={(index) => {
          const session = sessions.at(index);
          return session === undefined ? <SessionRowSkeleton /> : <SessionRow session={session} />;
        }}
      />
    </>
  );
}

function Count() {
  const sessions = useVoiceSessions();
  if (sessions.pending || sessions.error !== null) return null;
  return <span>{t("voice.sessions.count", { count: sessions.total, formatted: formatCount(sessions.total) })}</span>;
}

/** All sessions that were held, newest first. */
export function SessionsPage() {
  return (
    <Page
      title={t("voice.sessions.title")}
      note={<Count />}
      tools={
        <Link className={styles.back} href={paths.voice}>
          <Icon name="left" size={14} />
          {t("voice.title")}
        </Link>
      }
    >
      <Body />
    </Page>
  );
}
