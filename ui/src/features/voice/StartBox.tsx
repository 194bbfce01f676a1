import { useId, useState } from "react";
import { Link } from "wouter";

import { Button } from "../../components/Button";
import { ErrorNote } from "../../components/Feedback";
import { ShortcutNote } from "../../components/ShortcutNote";
import { TextInput } from "../../components/TextInput";
import { Switch } from "../../components/Toggles";
import { useAppState } from "../../data/app-state";
import { useVoiceShortcut, type VoiceSettingsAccess } from "../../data/voice";
import { hostOf } from "../../lib/account-words";
import { type MessageKey, t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import { priceNote, shortPrice } from "../../lib/price";
import { parseUsd } from "../../lib/voice-words";
import type { VoiceKind, VoiceModel } from "../../platform";
import styles from "./StartBox.module.css";
import type { VoiceSetup } from "./use-voice-setup";

const START: Record<VoiceKind, MessageKey> = { conversation: "voice.start.conversation", read_aloud: "voice.start.read", dictate: "voice.start.dictate" };

function Recording({ access, kind }: { access: VoiceSettingsAccess; kind: VoiceKind }) {
  const id = useId();
  const { settings, save } = access;
  return (
    <div className={styles.setting}>
      <div className={styles.line}>
        <span id={`${id}label`} className={styles.label}>
          {t(kind === "read_aloud" ? "voice.record.readLabel" : "voice.record.label")}
        </span>
        <Switch id={`${id}switch`} aria-labelledby={`${id}label`} aria-describedby={`${id}help`} checked={settings.record} onChecked={(record) => save({ record })} testId="voice-record" />
      </div>
      <p id={`${id}help`} className={styles.quiet}>
        {t(kind === "read_aloud" ? "voice.record.readHelp" : settings.record ? "voice.record.consent" : "voice.record.off")}
      </p>
    </div>
  );
}

interface CapProps {
  access: VoiceSettingsAccess;
  typed: string;
  wrong: boolean;
  onTyped: (text: string) => void;
}

function CostCap({ access, typed, wrong, onTyped }: CapProps) {
  const id = useId();
  return (
    <div className={styles.setting}>
      <div className={styles.line}>
        <label id={`${id}label`} htmlFor={`${id}input`} className={styles.label}>
          {t("voice.cap.label")}
        </label>
        <span className={styles.amount}>
          <TextInput
            id={`${id}input`}
            inputMode="decimal"
            placeholder={t("voice.cap.none")}
            value={typed}
            onValue={onTyped}
            onBlur={() => {
              const amount = parseUsd(typed);
              if (amount !== undefined && amount !== access.settings.cost_cap_usd) access.save({ cost_cap_usd: amount });
            }}
            aria-invalid={wrong}
            aria-describedby={`${id}help`}
            data-testid="voice-cap"
          />
        </span>
      </div>
      <p id={`${id}help`} className={wrong ? styles.problem : styles.quiet} role={wrong ? "alert" : undefined}>
        {t(wrong ? "voice.cap.wrong" : "voice.cap.help")}
      </p>
    </div>
  );
}

/** Where the voice goes. */
function Privacy({ kind }: { kind: VoiceKind }) {
  const account = useAppState().data?.account ?? null;
  if (account === null) return null;
  if (account.kind === "sandbox") return <p className={styles.quiet}>{t("voice.privacy.sandbox")}</p>;
  const host = hostOf(account.api_url);
  return <p className={styles.quiet}>{t(kind === "read_aloud" ? "voice.privacy.text" : "voice.privacy.voice", { host })}</p>;
}

function Shortcut() {
  const shortcut = useVoiceShortcut().data;
  if (shortcut === undefined) return null;
  return (
    <ShortcutNote shortcut={shortcut}>
      <Link className={styles.link} href={paths.settings("voice")}>
        {t("voice.shortcut.change")}
      </Link>
    </ShortcutNote>
  );
}

function showDevices(): void {
  document.querySelector<HTMLElement>('[data-testid="voice-input"] button, [data-testid="voice-output"] button')?.focus();
}

/** What it costs, what is kept, and the button that begins. */
export function StartBox({ model, setup }: { model: VoiceModel; setup: VoiceSetup }) {
  const { access, problems, missing, occupied } = setup;
  const [typed, setTyped] = useState<string | null>(null);
  const cap = typed ?? access?.settings.cost_cap_usd ?? "";
  const amount = parseUsd(cap);
  const { price } = model.detail.summary;
  const reasons = [...problems.map((problem) => problem.message), ...(missing === null ? [] : [missing])];
  const blocked = reasons.length > 0 || amount === undefined || access === null;
  const start = (): void => {
    if (!setup.busy && amount !== undefined) setup.start(amount);
  };
  return (
    <section className={styles.box}>
      <div className={styles.price}>
        <span className={styles.quiet}>{t("voice.price")}</span>
        <strong className={styles.figure}>{shortPrice(price)}</strong>
        <span className={styles.quiet}>{price.kind === "rate" ? t("voice.priceNote") : priceNote(price)}</span>
      </div>
      {access !== null && <CostCap access={access} typed={cap} wrong={amount === undefined} onTyped={setTyped} />}
      {access !== null && model.kind !== "dictate" && <Recording access={access} kind={model.kind} />}
      {access !== null && model.kind === "dictate" && !setup.file.wanted && <Recording access={access} kind={model.kind} />}
      {occupied ? (
        <p className={styles.occupied} role="status">
          {t("voice.occupied")}{" "}
          <Link className={styles.link} href={paths.voice}>
            {t("voice.goToSession")}
          </Link>
        </p>
      ) : (
        <Button className={styles.start} variant="primary" size="large" icon={model.kind === "read_aloud" ? "play" : "mic"} aria-disabled={blocked || setup.busy} aria-describedby={reasons.length > 0 ? "voice-reasons" : undefined} onClick={(event) => event.detail < 2 && start()} data-testid="voice-start">
          {setup.busy ? t("voice.starting") : t(setup.file.wanted ? "voice.start.file" : START[model.kind])}
        </Button>
      )}
      {!occupied && reasons.length > 0 && (
        <ul id="voice-reasons" className={styles.reasons} data-testid="voice-reasons">
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      {setup.error !== null && !setup.busy && <ErrorNote error={setup.error} testId="voice-error" actions={{ retry: start, choose_device: showDevices }} />}
      {access?.error != null && <ErrorNote error={access.error} />}
      <Privacy kind={model.kind} />
      {model.kind !== "read_aloud" && !setup.file.wanted && <Shortcut />}
    </section>
  );
}
