import { useState } from "react";
import { Link, useLocation } from "wouter";

import { Icon } from "../../components/Icon";
import { ChoiceMenu } from "../../components/Menu";
import { notify } from "../../components/Toaster";
import { useAccountCommands, useChooseAccount } from "../../data/accounts";
import { useLiveRun } from "../../data/live";
import { useActiveRuns } from "../../data/runs";
import { isTroubled, keyWords, kindWords } from "../../lib/account-words";
import { activeRunsOnly } from "../../lib/active-runs-only";
import { ACTIONS, readError } from "../../lib/errors";
import { formatPercent } from "../../lib/format";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import { runActivity } from "../../lib/run-words";
import type { AccountSummary, AppError, AppState, RunSummary } from "../../platform";
import styles from "./StatusStrip.module.css";
import { VoiceIndicator } from "./VoiceIndicator";

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

function note(account: AccountSummary): string {
  return [kindWords(account), keyWords(account)].filter((words) => words !== null).join(" · ");
}

/** Something is wrong with the key of the account in use: said in the strip, and a way to what helps. */
function KeyTrouble({ account }: { account: AccountSummary }) {
  const { askKeychain } = useAccountCommands(account.id);
  const [, navigate] = useLocation();
  const words = keyWords(account);
  if (words === null) return null;
  const action = account.key_problem?.action;
  const asks = action === "ask_keychain";
  if (!isTroubled(account)) return <span className={styles.key}>{words}</span>;
  return (
    <button
      type="button"
      className={styles.trouble}
      disabled={askKeychain.isPending}
      onClick={() => {
        if (asks) askKeychain.mutate(undefined, { onError: tell });
        else navigate(paths.settings("accounts", account.id));
      }}
      data-testid="status-key-problem"
    >
      <Icon name="alert" size={14} />
      <span>{t("account.problem", { problem: words, action: t(ACTIONS[asks ? "ask_keychain" : "check_credentials"]) })}</span>
    </button>
  );
}

/** The strip along the bottom: whose runs these are, and what is going on. */
export function StatusStrip({ state }: { state: AppState }) {
  const choose = useChooseAccount();
  const [open, setOpen] = useState(false);
  const [, navigate] = useLocation();
  const { account } = state;
  const name = account?.name ?? "";
  return (
    <footer className={styles.strip} aria-label={t("strip.label")}>
      <ChoiceMenu
        label={t("strip.account", { name })}
        testId="status-account"
        open={open}
        onOpen={setOpen}
        chosen={account?.id ?? null}
        choices={state.accounts.map((item) => ({
          id: item.id,
          label: item.name,
          note: note(item),
          troubled: isTroubled(item),
        }))}
        more={[{ id: "manage-accounts", label: t("account.manage"), icon: "settings", run: () => navigate(paths.settings("accounts")) }]}
        onChoose={(id) => {
          if (id !== account?.id) choose.mutate(id, { onError: tell });
        }}
      >
        <Icon name={account?.kind === "sandbox" ? "shield" : "key"} size={14} />
        <span className={styles.account}>{name}</span>
      </ChoiceMenu>
      {account !== null && <KeyTrouble key={account.id} account={account} />}
      <span className={styles.activity}>
        <Activity />
      </span>
      <VoiceIndicator />
      <span className={styles.version}>{t("strip.version", { version: state.version })}</span>
    </footer>
  );
}
