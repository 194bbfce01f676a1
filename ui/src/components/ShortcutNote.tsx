import type { ReactNode } from "react";

import { copyText } from "../lib/clipboard";
import { t } from "../lib/i18n";
import type { VoiceShortcut } from "../platform";
import { IconButton } from "./Button";
import styles from "./ShortcutNote.module.css";
import { notify } from "./Toaster";

const COMMAND = "wiro voice toggle";

async function copy(): Promise<void> {
  notify({ title: t((await copyText(COMMAND)) ? "common.copied" : "common.copyFailed") });
}

/** Whether the talk key works while another window is in front, and what to do where it cannot. */
export function ShortcutNote({ shortcut, children }: { shortcut: VoiceShortcut; children?: ReactNode }) {
  const keys = <kbd>{shortcut.shortcut}</kbd>;
  return (
    <div className={styles.note} data-testid="voice-shortcut" data-state={shortcut.state}>
      {shortcut.state === "active" && (
        <p>
          {keys} {t("voice.shortcut.active")}
        </p>
      )}
      {shortcut.state === "off" && <p>{t("voice.shortcut.off")}</p>}
      {shortcut.state === "unavailable" && (
        <>
          <p className={styles.warn}>
            {shortcut.shortcut !== null && keys} {t("voice.shortcut.unavailable")}
          </p>
          {shortcut.reason !== null && <p>{shortcut.reason}</p>}
          <p>{t("voice.shortcut.instead")}</p>
          <div className={styles.command}>
            <code>{COMMAND}</code>
            <IconButton size="small" icon="copy" label={t("voice.shortcut.copy")} onClick={() => void copy()} />
          </div>
        </>
      )}
      {children}
    </div>
  );
}
