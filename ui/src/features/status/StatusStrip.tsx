import { Link } from "wouter";

import { Icon } from "../../components/Icon";
import { ChoiceMenu } from "../../components/Menu";
import { notify } from "../../components/Toaster";
import { useChooseAccount } from "../../data/app-state";
import { useLiveRun } from "../../data/live";
import { useActiveRuns } from "../../data/runs";
import { accountMenu } from "../../lib/account-menu";
import { activeRunsOnly } from "../../lib/active-runs-only";
import { readError } from "../../lib/errors";
import { formatPercent } from "../../lib/format";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import { useStore } from "../../lib/store";
import { runActivity } from "../../lib/run-words";
import type { AppError, AppState, RunSummary } from "../../platform";
import styles from "./StatusStrip.module.css";

function Now({ run }: { run: RunSummary }) {
  const { words, percentage } = runActivity(run, useLiveRun(run.id));
  const percent = percentage === null ? "" : ` ${formatPercent(percentage / 100)}`;
  return (
    <Link className={styles.now} href={paths.run(run.id)}>
      {`${run.title}: ${words}${percent}`}
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
      <Link className={styles.count} href={paths.runs} aria-label={t("strip.showActive")} onClick={() => activeRunsOnly.set(true)}>
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
