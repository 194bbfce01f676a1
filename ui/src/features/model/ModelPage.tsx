import { type ReactNode, type RefObject, useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";

import { Button } from "../../components/Button";
import { ErrorNote, Skeleton } from "../../components/Feedback";
import { Icon } from "../../components/Icon";
import { useModel } from "../../data/models";
import { formatCategory, formatPercent } from "../../lib/format";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import { realtimeKind } from "../../lib/voice-words";
import type { ModelDetail, ModelSummary } from "../../platform";
import styles from "./ModelPage.module.css";
import { ModelForm } from "./ModelForm";
import { RunBox } from "./RunBox";
import { type RunPress, useRunPress } from "./use-run-press";

function Head({ model, onReset }: { model: ModelSummary; onReset: () => void }) {
  const facts = [
    model.computing_time === null ? null : t("model.computing", { time: model.computing_time }),
    model.success_rate === null ? null : t("model.success", { percent: formatPercent(model.success_rate) }),
    ...model.categories.map(formatCategory),
  ].filter((fact) => fact !== null);
  return (
    <header className={styles.head}>
      <Link className={styles.back} href={paths.models}>
        <Icon name="left" size={14} />
        {t("model.back")}
      </Link>
      <div className={styles.titleRow}>
        <h1>{model.title}</h1>
        <code className={styles.slug}>{model.model}</code>
        <Button className={styles.reset} size="small" variant="quiet" icon="reset" onClick={onReset}>
          {t("model.reset")}
        </Button>
      </div>
      <p className={styles.description}>{model.description}</p>
      {facts.length > 0 && (
        <ul className={styles.facts}>
          {facts.map((fact) => (
            <li key={fact}>{fact}</li>
          ))}
        </ul>
      )}
    </header>
  );
}

function Loading() {
  return (
    <div className={styles.page} role="group" aria-busy="true" aria-label={t("model.loading")}>
      <div className={styles.head}>
        <Skeleton width={90} height={14} />
        <Skeleton width={220} height={28} />
        <Skeleton width="60%" height={16} />
      </div>
      <div className={styles.columns}>
        <div className={styles.loadingForm}>
          {[0, 1, 2, 3].map((at) => (
            <Skeleton key={at} height={at === 0 ? 120 : 52} />
          ))}
        </div>
        <Skeleton className={styles.side} height={180} />
      </div>
    </div>
  );
}

type PanelOf = (runId: string) => ReactNode;

/** In a narrow window the run stands below the form: a new one is brought into view. */
function useRunInView(run: string | null): RefObject<HTMLDivElement | null> {
  const panel = useRef<HTMLDivElement>(null);
  const last = useRef(run);
  useEffect(() => {
    if (last.current === run) return;
    last.current = run;
    const element = panel.current;
    if (run !== null && element !== null && element.getBoundingClientRect().top > innerHeight / 2) element.scrollIntoView({ block: "start" });
  }, [run]);
  return panel;
}

/** A realtime model is not run: what it says comes while it is spoken to. */
function VoiceDoor({ model }: { model: string }) {
  const [, navigate] = useLocation();
  return (
    <section className={styles.door} data-testid="voice-door">
      <Icon name="voice" size={24} />
      <h2>{t("model.voiceTitle")}</h2>
      <p className={styles.quiet}>{t("model.voiceBody")}</p>
      <Button variant="primary" size="large" icon="mic" onClick={() => navigate(paths.voiceModel(model))} data-testid="voice-door-open">
        {t("model.voiceOpen")}
      </Button>
    </section>
  );
}

/** The button that runs the model, and its latest run. */
function RunSide({ model, press, panel }: { model: string; press: RunPress; panel: PanelOf }) {
  const latest = useRunInView(press.latest);
  return (
    <>
      <RunBox model={model} press={press} />
      <div ref={latest} className={styles.panel} data-run={press.latest !== null}>
        {press.latest === null ? (
          <div className={styles.nothing}>
            <Icon name="library" size={24} />
            <h2>{t("model.noRunTitle")}</h2>
            <p>{t("model.noRunBody")}</p>
          </div>
        ) : (
          panel(press.latest)
        )}
      </div>
    </>
  );
}

function Loaded({ detail, panel }: { detail: ModelDetail; panel: PanelOf }) {
  const press = useRunPress(detail);
  const realtime = realtimeKind(detail.summary) !== null;
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- Ctrl+Enter runs from any field of the page
    <div className={styles.page} onKeyDown={realtime ? undefined : press.onKeyDown}>
      <Head model={detail.summary} onReset={press.reset} />
      <div className={styles.columns}>
        <div className={styles.form}>
          <ModelForm detail={detail} draft={press.draft} problems={press.problems} />
        </div>
        <aside className={styles.side} aria-label={t("run.label")}>
          {realtime ? <VoiceDoor model={detail.summary.model} /> : <RunSide model={detail.summary.model} press={press} panel={panel} />}
        </aside>
      </div>
    </div>
  );
}

interface ModelPageProps {
  model: string;
  /** Draws a run; the app puts it together with the feature that knows how. */
  panel: PanelOf;
}

/** One model: its form, its price, its latest run. */
export function ModelPage({ model, panel }: ModelPageProps) {
  const query = useModel(model);
  if (query.error !== null && query.data === undefined) {
    return (
      <div className={styles.page}>
        <div className={styles.head}>
          <Link className={styles.back} href={paths.models}>
            <Icon name="left" size={14} />
            {t("model.back")}
          </Link>
          <h1>{model}</h1>
          <ErrorNote error={query.error} actions={{ retry: () => void query.refetch() }} />
        </div>
      </div>
    );
  }
  if (query.data === undefined) return <Loading />;
  return <Loaded key={model} detail={query.data} panel={panel} />;
}
