import { Link } from "wouter";

import { EmptyState, ErrorNote, Skeleton } from "../../components/Feedback";
import { Icon, type IconName } from "../../components/Icon";
import { Page } from "../../components/Page";
import { useVoiceModels, useVoiceSessions } from "../../data/voice";
import { type MessageKey, t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import { shortPrice } from "../../lib/price";
import { VOICE_KINDS } from "../../lib/voice-words";
import type { ModelSummary, VoiceKind } from "../../platform";
import { SessionRow } from "./SessionRow";
import styles from "./StartPage.module.css";

/** How many earlier sessions are shown here; the others have a page of their own. */
const RECENT = 6;

interface KindWords {
  icon: IconName;
  title: MessageKey;
  body: MessageKey;
  none: MessageKey;
}

const KINDS: Record<VoiceKind, KindWords> = {
  conversation: { icon: "chat", title: "voice.kind.conversation", body: "voice.kind.conversationBody", none: "voice.kind.conversationNone" },
  read_aloud: { icon: "speaker", title: "voice.kind.read", body: "voice.kind.readBody", none: "voice.kind.readNone" },
  dictate: { icon: "text", title: "voice.kind.dictate", body: "voice.kind.dictateBody", none: "voice.kind.dictateNone" },
};

function ModelEntry({ model }: { model: ModelSummary }) {
  return (
    <li>
      <Link className={styles.model} href={paths.voiceModel(model.model)} data-testid={`voice-model-${model.model}`}>
        <span className={styles.name}>{model.title}</span>
        <span className={styles.about}>{model.description}</span>
        <span className={styles.price}>{shortPrice(model.price)}</span>
      </Link>
    </li>
  );
}

function Kind({ kind, models, pending }: { kind: VoiceKind; models: readonly ModelSummary[]; pending: boolean }) {
  const words = KINDS[kind];
  return (
    <section className={styles.kind} aria-labelledby={`voice-kind-${kind}`} data-testid={`voice-kind-${kind}`}>
      <div className={styles.kindHead}>
        <span className={styles.icon}>
          <Icon name={words.icon} size={20} />
        </span>
        <div>
          <h2 id={`voice-kind-${kind}`}>{t(words.title)}</h2>
          <p className={styles.quiet}>{t(words.body)}</p>
        </div>
      </div>
      {pending && models.length === 0 ? (
        <div className={styles.waiting}>
          <Skeleton height={64} />
          <Skeleton height={64} />
        </div>
      ) : models.length === 0 ? (
        <p className={styles.none}>{t(words.none)}</p>
      ) : (
        <ul className={styles.models}>
          {models.map((model) => (
            <ModelEntry key={model.model} model={model} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Recent() {
  const sessions = useVoiceSessions();
  if (sessions.error !== null) return <ErrorNote error={sessions.error} actions={{ retry: sessions.retry }} />;
  if (sessions.pending) return <Skeleton height={160} />;
  if (sessions.total === 0) {
    return (
      <div className={styles.teach}>
        <EmptyState icon="voice" title={t("voice.recent.noneTitle")} body={t("voice.recent.noneBody")} />
      </div>
    );
  }
  const shown = Array.from({ length: Math.min(RECENT, sessions.total) }, (_, index) => sessions.at(index)).filter((item) => item !== undefined);
  return (
    <section className={styles.recent} aria-labelledby="voice-recent">
      <div className={styles.recentHead}>
        <h2 id="voice-recent">{t("voice.recent.title")}</h2>
        <Link className={styles.all} href={paths.voiceSessions} data-testid="voice-all-sessions">
          {t("voice.recent.all", { count: sessions.total })}
          <Icon name="right" size={14} />
        </Link>
      </div>
      <ul>
        {shown.map((item) => (
          <li key={item.run_id}>
            <SessionRow session={item} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What there is to talk with, and what was said before. */
export function StartPage() {
  const models = useVoiceModels();
  const none = !models.pending && models.error === null && VOICE_KINDS.every((kind) => models.of[kind].length === 0);
  return (
    <Page title={t("voice.title")} note={t("voice.lead")}>
      <div className={styles.scroller}>
        <div className={styles.body} aria-busy={models.pending}>
          {models.error !== null && <ErrorNote error={models.error} actions={{ retry: models.retry }} />}
          {none ? (
            <EmptyState icon="voice" title={t("voice.noModelsTitle")} body={t("voice.noModelsBody")} />
          ) : (
            <div className={styles.kinds}>
              {VOICE_KINDS.map((kind) => (
                <Kind key={kind} kind={kind} models={models.of[kind]} pending={models.pending} />
              ))}
            </div>
          )}
          <Recent />
        </div>
      </div>
    </Page>
  );
}
