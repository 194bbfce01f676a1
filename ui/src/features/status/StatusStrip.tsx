import { Link } from "wouter";

import { Icon } from "../../components/Icon";
import { ChoiceMenu } from "../../components/Menu";
import { notify } from "../../components/Toaster";
import { useChooseAccount } from "../../data/app-state";
import { useLiveRun } from "../../data/live";
import { useActiveRuns } from "../../data/runs";
import { accountMenu } from "../../lib/account-menu";
import { readError } from "../../lib/errors";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import { useStore } from "../../lib/store";
import { RUN_STATES, statusWords } from "../../lib/run-words";
import type { AppError, AppState, RunSummary } from "../../platform";
import styles from "./StatusStrip.module.css";

function Now({ run }: { run: RunSummary }) {
  const live = useLiveRun(run.id);
  const { progress } = live;
  const status = live.status ?? run.status;
  const doing = run.state === "running" && status !== null ? (progress?.task ?? statusWords(status.startsWith("task_output") ? "task_start" : status)) : t(RUN_STATES[run.state].label);
  const percent = run.state === "running" && progress?.percentage != null ? ` ${Math.round(progress.percentage)} %` : "";
  return (
    <Link className={styles.now} href={paths.run(run.id)}>
      {`${run.title}: ${doing}${percent}`}
    </Link>
  );
}

function Activity() {
  const active = useActiveRuns().data;
  if (active === undefined) return null;
  // What waits for a person counts as unsettled nowhere, so the first run is one that moves.
  const first = active.runs.find((run) => run.state === "running") ?? active.runs[0];
  if (first === undefined) return <span className={styles.idle}>{t("strip.idle")}</span>;
  return (
    <>
      <Now run={first} />
      <Link className={styles.count} href={paths.runs} aria-label={t("strip.showActive")}>
        {t("strip.active", { count: active.active })}
      </Link>
    </>
  );
}

function tell(error: AppError): void {
  const { title, body } = readError(error);
  notify({ title, body });
}

/** The strip along the bottom: whose runs these are, and what is going on. */
export function StatusStrip({ state }: { state: AppState }) {
  const choose = useChooseAccount();
  const open = useStore(accountMenu);
  const { account } = state;
  const name = account?.name ?? "";
  return (
    <footer className={styles.strip} aria-label={t("strip.label")}>
      <ChoiceMenu
        label={t("strip.account", { name })}
        testId="status-account"
        open={open}
        onOpen={accountMenu.set}
        chosen={account?.id ?? null}
        choices={state.accounts.map((item) => ({
          id: item.id,
          label: item.name,
          note: item.kind === "sandbox" ? t("strip.sandboxNote") : item.api_url,
        }))}
        onChoose={(id) => {
          if (id !== account?.id) choose.mutate(id, { onError: tell });
        }}
      >
        <Icon name={account?.kind === "sandbox" ? "shield" : "key"} size={14} />
        <span className={styles.account}>{name}</span>
      </ChoiceMenu>
      <span className={styles.activity}>
        <Activity />
      </span>
      <span className={styles.version}>{t("strip.version", { version: state.version })}</span>
    </footer>
  );
}
