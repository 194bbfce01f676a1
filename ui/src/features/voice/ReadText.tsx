import { drafts } from "../../form/drafts";
import { textOf } from "../../form/control-props";
import { t } from "../../lib/i18n";
import { useStoreValue } from "../../lib/store";
import type { VoiceState } from "../../platform";
import styles from "./ReadText.module.css";

/** The text that is read aloud, as long as this window knows it. */
export function ReadText({ state }: { state: VoiceState }) {
  const draft = useStoreValue(drafts, (all) => all[state.model]);
  const text = Object.values(draft?.answers ?? {}).map(textOf).reduce((longest, next) => (next.length > longest.length ? next : longest), "");
  return (
    <section className={styles.card} aria-label={t("voice.read.text")}>
      <h2>{t("voice.read.text")}</h2>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <div className={styles.text} tabIndex={0} role="group" aria-label={t("voice.read.text")} dir="auto">
        {text === "" ? <p className={styles.quiet}>{t("voice.empty.read")}</p> : text}
      </div>
    </section>
  );
}
