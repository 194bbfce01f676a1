import { type FormEvent, useId, useRef, useState } from "react";

import { Button } from "../../components/Button";
import { ErrorNote } from "../../components/Feedback";
import { SecretInput } from "../../components/SecretInput";
import { Segmented } from "../../components/Segmented";
import { TextInput } from "../../components/TextInput";
import type { SecretCommand } from "../../data/secret-command";
import { useSaveProxy } from "../../data/settings";
import { announce } from "../../lib/announce";
import { t } from "../../lib/i18n";
import type { KeyState, ProxyChoice, ProxyMode, ProxySettings } from "../../platform";
import fields from "./Fields.module.css";
import { Group, Row } from "./Rows";

const PASSWORD_STATES = {
  ready: "settings.network.passwordReady",
  session_only: "settings.network.passwordSession",
  reading: "settings.network.passwordReading",
  missing: "settings.network.passwordMissing",
} as const satisfies Record<KeyState, string>;

const filled = (text: string): string | null => (text.trim() === "" ? null : text.trim());

/** The proxy's address and who we are there. It is saved as a whole, because half of it leads nowhere. */
function CustomProxy({ proxy, command, onSaved }: { proxy: ProxySettings; command: SecretCommand<ProxyChoice>; onSaved: () => void }) {
  const id = useId();
  const [address, setAddress] = useState(proxy.address ?? "");
  const [user, setUser] = useState(proxy.user ?? "");
  const password = useRef<HTMLInputElement>(null);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const typed = password.current?.value ?? "";
    const taken = await command.send({ mode: "custom", address: filled(address), user: filled(user), password: typed === "" ? null : typed });
    if (!taken) return;
    if (password.current !== null) password.current.value = "";
    announce(t("settings.network.saved"));
    onSaved();
  };
  return (
    <form className={fields.form} onSubmit={(event) => void save(event)} data-testid="proxy-form" autoComplete="off">
      <label className={fields.field} htmlFor={`${id}address`}>
        {t("settings.network.address")}
        <TextInput id={`${id}address`} placeholder={t("settings.network.addressPlaceholder")} value={address} onValue={setAddress} required data-testid="proxy-address" />
      </label>
      <label className={fields.field} htmlFor={`${id}user`}>
        {t("settings.network.user")}
        <TextInput id={`${id}user`} value={user} onValue={setUser} data-testid="proxy-user" />
      </label>
      <div className={fields.field}>
        <label htmlFor={`${id}password`}>{t("settings.network.password")}</label>
        <SecretInput ref={password} id={`${id}password`} aria-describedby={`${id}state`} data-testid="proxy-password" />
        <p id={`${id}state`} className={fields.help}>
          {proxy.password === null ? t("settings.network.passwordNone") : t(PASSWORD_STATES[proxy.password])}
        </p>
      </div>
      <div className={fields.actions}>
        <Button submit variant="primary" disabled={command.busy} data-testid="proxy-save">
          {t(command.busy ? "settings.network.saving" : "settings.network.save")}
        </Button>
      </div>
    </form>
  );
}

export function NetworkSettings({ proxy }: { proxy: ProxySettings }) {
  const command = useSaveProxy();
  const [chosen, setChosen] = useState<ProxyMode | null>(null);
  const mode = chosen ?? proxy.mode;
  const modes: readonly { value: ProxyMode; label: string }[] = [
    { value: "system", label: t("settings.network.system") },
    { value: "none", label: t("settings.network.none") },
    { value: "custom", label: t("settings.network.custom") },
  ];
  const choose = (next: ProxyMode): void => {
    command.reset();
    setChosen(next);
    // A proxy of one's own counts once it has an address.
    if (next !== "custom") void command.send({ mode: next, address: null, user: null, password: null }).then(() => setChosen(null));
  };
  return (
    <Group>
      <Row
        label={t("settings.network.proxy")}
        help={t("settings.network.proxyHelp")}
        below={
          <>
            {mode === "custom" && <CustomProxy proxy={proxy} command={command} onSaved={() => setChosen(null)} />}
            {command.error !== null && <ErrorNote error={command.error} testId="proxy-error" actions={{ check_proxy: () => document.querySelector<HTMLElement>('[data-testid="proxy-address"]')?.focus() }} />}
          </>
        }
      >
        {(labelId) => <Segmented labelledBy={labelId} options={modes} value={mode} onValue={choose} testId="settings-proxy" />}
      </Row>
    </Group>
  );
}
