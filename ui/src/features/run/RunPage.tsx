import type { ReactNode } from "react";
import { Link } from "wouter";

import { ErrorNote, Skeleton } from "../../components/Feedback";
import { Icon } from "../../components/Icon";
import { StateBadge } from "../../components/StateBadge";
import { Thumb } from "../../components/Thumb";
import { useMediaUrl } from "../../data/app-state";
import { useRun } from "../../data/runs";
import { formatSeconds, formatWhen } from "../../lib/format";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import type { RunDetail, RunInput } from "../../platform";
import { costWords, RunBody } from "./RunPanel";
import styles from "./RunPage.module.css";

function BackLink() {
  return (
    <Link className={styles.back} href={paths.runs}>
      <Icon name="left" size={14} />
      {t("run.back")}
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

function Facts({ detail }: { detail: RunDetail }) {
  const { summary } = detail;
  return (
    <section className={styles.card} aria-label={t("run.details")}>
      <h2>{t("run.details")}</h2>
      <dl className={styles.facts}>
        <Fact label={t("run.cost")}>{costWords(detail)}</Fact>
        <Fact label={t("run.started")}>{formatWhen(summary.created_at_ms)}</Fact>
        {/* Of a run that nobody can tell the state of, only the waiting for an answer ended. */}
        {summary.finished_at_ms !== null && summary.state !== "unconfirmed" && <Fact label={t("run.finished")}>{formatWhen(summary.finished_at_ms)}</Fact>}
        {summary.seconds !== null && <Fact label={t("run.seconds")}>{formatSeconds(summary.seconds)}</Fact>}
        {detail.pexit !== null && <Fact label={t("run.exitCode")}>{detail.pexit}</Fact>}
        {summary.task_id !== null && <Fact label={t("run.task")}>{summary.task_id}</Fact>}
      </dl>
    </section>
  );
}

function InputRow({ input }: { input: RunInput }) {
  const mediaUrl = useMediaUrl();
  return (
    <div className={styles.input}>
      <dt>{input.id}</dt>
      <dd>
        {input.file_ids.map((id) => (
          <Thumb key={id} className={styles.inputThumb} contentType="" src={mediaUrl("input", id)} />
        ))}
        <span className={styles.inputValue}>{input.value}</span>
      </dd>
    </div>
  );
}

function Inputs({ inputs }: { inputs: readonly RunInput[] }) {
  return (
    <section className={styles.card} aria-label={t("run.inputs")}>
      <h2>{t("run.inputs")}</h2>
      {inputs.length === 0 ? (
        <p className={styles.quiet}>{t("run.noInputs")}</p>
      ) : (
        <dl>
          {inputs.map((input) => (
            <InputRow key={input.id} input={input} />
          ))}
        </dl>
      )}
    </section>
  );
}

function Loaded({ detail }: { detail: RunDetail }) {
  const { summary } = detail;
  return (
    <>
      <header className={styles.head}>
        <BackLink />
        <div className={styles.titleRow}>
          <h1>{summary.title}</h1>
          <StateBadge state={summary.state} testId="run-state" />
          <Link className={styles.again} href={paths.model(summary.model)}>
            {t("run.openModel")}
            <Icon name="right" size={14} />
          </Link>
        </div>
        <p className={styles.quiet}>{summary.caption}</p>
      </header>
      <div className={styles.columns} data-testid="run-panel">
        <div className={styles.main}>
          <RunBody detail={detail} place="page" />
        </div>
        <div className={styles.side}>
          <Facts detail={detail} />
          <Inputs inputs={detail.inputs} />
        </div>
      </div>
    </>
  );
}

/** Everything about one run. */
export function RunPage({ runId }: { runId: string }) {
  const run = useRun(runId);
  return (
    <div className={styles.page}>
      {run.data !== undefined ? (
        <Loaded key={runId} detail={run.data} />
      ) : (
        <header className={styles.head} aria-busy={run.isPending}>
          <BackLink />
          {run.error !== null ? (
            <ErrorNote error={run.error} actions={{ retry: () => void run.refetch() }} />
          ) : (
            <div role="group" aria-label={t("run.loading")}>
              <Skeleton width={240} height={28} />
              <Skeleton className={styles.skeleton} height={200} />
            </div>
          )}
        </header>
      )}
    </div>
  );
}
