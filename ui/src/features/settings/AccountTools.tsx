import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";

import { Button } from "../../components/Button";
import { Confirm } from "../../components/Confirm";
import { ErrorNote } from "../../components/Feedback";
import { Icon } from "../../components/Icon";
import { TextInput } from "../../components/TextInput";
import { useAccountCommands, useUpdateAccount } from "../../data/accounts";
import { announce } from "../../lib/announce";
import { t } from "../../lib/i18n";
import { isComposing } from "../../lib/keyboard";
import type { AccountChange, AccountSummary } from "../../platform";
import { nameProblem } from "./account-checks";
import { AccountForm } from "./AccountForm";
import styles from "./AccountsSettings.module.css";
import fields from "./Fields.module.css";

const NO_CHANGE: AccountChange = { name: null, key: null, address: null, session_only: false, unchecked: false };

interface ToolProps {
  account: AccountSummary;
  accounts: readonly AccountSummary[];
  onClose: () => void;
  /** Where the ids of the tools begin. */
  id: string;
}

function Rename({ account, accounts, onClose }: ToolProps) {
  const update = useUpdateAccount(account.id);
  const [name, setName] = useState(account.name);
  const [problem, setProblem] = useState<string | null>(null);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const wrong = nameProblem(name, accounts.filter((other) => other.id !== account.id).map((other) => other.name));
    setProblem(wrong);
    if (wrong === null && (name.trim() === account.name || (await update.send({ ...NO_CHANGE, name: name.trim() })))) onClose();
  };
  return (
    <form className={fields.form} onSubmit={(event) => void save(event)}>
      <div className={styles.rename}>
        <TextInput
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the person has just asked for this field
          autoFocus
          maxLength={60}
          aria-label={t("settings.accounts.name")}
          aria-invalid={problem !== null}
          value={name}
          onValue={setName}
          onKeyDown={(event) => {
            if (event.key === "Escape" && !isComposing(event)) onClose();
          }}
          data-testid="account-name"
        />
        <Button submit variant="primary" disabled={update.busy} data-testid="account-submit">
          {t("settings.save")}
        </Button>
        <Button variant="quiet" onClick={onClose}>
          {t("settings.cancel")}
        </Button>
      </div>
      {problem !== null && (
        <p className={fields.problem} role="alert">
          {problem}
        </p>
      )}
      {update.error !== null && <ErrorNote error={update.error} />}
    </form>
  );
}

function ChangeKey({ account, onClose, purpose }: ToolProps & { purpose: "key" | "address" }) {
  const update = useUpdateAccount(account.id);
  const own = account.has_own_address ? { api_url: account.api_url, socket_url: account.socket_url } : { api_url: null, socket_url: null };
  return (
    <AccountForm
      purpose={purpose}
      name={account.name}
      address={own}
      taken={[]}
      busy={update.busy}
      error={update.error}
      send={({ key, address, session_only, unchecked }) => update.send({ name: null, key, address: purpose === "address" ? address : null, session_only, unchecked })}
      onCancel={onClose}
      onDone={() => {
        announce(t("settings.accounts.keyTaken"));
        onClose();
      }}
    />
  );
}

function Remove({ account, onClose, id }: ToolProps) {
  const { remove } = useAccountCommands(account.id);
  return (
    <>
      <Confirm
        title={t("settings.accounts.removeTitle", { name: account.name })}
        body={t("settings.accounts.removeBody")}
        yes={t(remove.isPending ? "settings.accounts.removing" : "settings.accounts.removeYes")}
        no={t("settings.accounts.removeNo")}
        busy={remove.isPending}
        onYes={() => remove.mutate(undefined, { onSuccess: () => announce(t("settings.accounts.removed")) })}
        onNo={onClose}
        returnTo={`${id}remove`}
        testId="account-remove"
      />
      {remove.error !== null && <ErrorNote error={remove.error} actions={{ edit_inputs: undefined }} />}
    </>
  );
}

type Tool = "rename" | "key" | "address" | "remove";

const TOOLS = {
  rename: "settings.accounts.rename",
  key: "settings.accounts.changeKey",
  address: "settings.accounts.changeAddress",
  remove: "settings.accounts.remove",
} as const satisfies Record<Tool, string>;

function body(tool: Tool, props: ToolProps): ReactNode {
  switch (tool) {
    case "rename":
      return <Rename {...props} />;
    case "key":
    case "address":
      return <ChangeKey {...props} purpose={tool} />;
    case "remove":
      return <Remove {...props} />;
    default:
      return tool satisfies never;
  }
}

/** What can be done with a project, and what came of it. One from the environment can only be tested. */
export function AccountTools({ account, accounts, keyAsked }: { account: AccountSummary; accounts: readonly AccountSummary[]; keyAsked: number }) {
  const id = useId();
  const [tool, setTool] = useState<Tool | null>(null);
  const closed = useRef<Tool | null>(null);
  // The form took the place of the buttons: the focus goes back to the one it was opened with.
  useEffect(() => {
    if (tool === null && closed.current !== null) document.querySelector<HTMLElement>(`#${CSS.escape(`${id}${closed.current}`)}`)?.focus();
    closed.current = tool;
  }, [id, tool]);
  // The note above asks for the key each time it is pressed anew.
  const [seen, setSeen] = useState(0);
  if (keyAsked !== seen) {
    setSeen(keyAsked);
    if (keyAsked > 0) setTool("key");
  }
  const { test } = useAccountCommands(account.id);
  const tools = account.kind === "project" ? (["rename", "key", "address", "remove"] as const) : [];
  return (
    <>
      {account.kind === "environment" && <p className={fields.help}>{t("settings.accounts.environmentHelp")}</p>}
      {tool === null ? (
        <div className={styles.actions}>
          <Button size="small" disabled={test.isPending || account.key === "missing"} onClick={() => test.mutate()} data-testid="account-test">
            {t(test.isPending ? "settings.accounts.testing" : "settings.accounts.test")}
          </Button>
          {tools.map((name) => (
            <Button key={name} id={`${id}${name}`} size="small" variant={name === "remove" ? "danger" : "secondary"} onClick={() => setTool(name)} data-testid={`account-tool-${name}`}>
              {t(TOOLS[name])}
            </Button>
          ))}
        </div>
      ) : (
        body(tool, { account, accounts, id, onClose: () => setTool(null) })
      )}
      {tool === null && test.isSuccess && (
        <p className={styles.good} role="status">
          <Icon name="check" size={14} />
          {t("settings.accounts.testGood")}
        </p>
      )}
      {tool === null && test.error !== null && <ErrorNote error={test.error} testId="account-test-error" actions={{ retry: () => test.mutate(), wait: () => test.mutate(), check_credentials: account.kind === "project" ? () => setTool("key") : undefined }} />}
    </>
  );
}
