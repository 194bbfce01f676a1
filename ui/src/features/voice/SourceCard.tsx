import { Button, IconButton } from "../../components/Button";
import { ErrorNote } from "../../components/Feedback";
import { Icon } from "../../components/Icon";
import { Segmented } from "../../components/Segmented";
import { formatBytes } from "../../lib/format";
import { t } from "../../lib/i18n";
import styles from "./SourceCard.module.css";
import type { FileSource } from "./use-voice-setup";

/** What is written down: what the microphone hears, or a file. */
export function SourceCard({ file }: { file: FileSource }) {
  const sources = [
    { value: "microphone", label: t("voice.source.microphone") },
    { value: "file", label: t("voice.source.file") },
  ] as const;
  return (
    <section className={styles.card} aria-labelledby="voice-source-label">
      <div className={styles.line}>
        <h2 id="voice-source-label">{t("voice.source.label")}</h2>
        <Segmented labelledBy="voice-source-label" options={sources} value={file.wanted ? "file" : "microphone"} onValue={(value) => file.want(value === "file")} testId="voice-source" />
      </div>
      {file.wanted &&
        (file.staged === null ? (
          <div className={styles.drop} data-file-field="voice-source">
            <Button icon="upload" onClick={file.pick} data-testid="voice-pick">
              {t("voice.source.pick")}
            </Button>
            <span className={styles.quiet}>{t("voice.source.drop")}</span>
          </div>
        ) : (
          <div className={styles.file} data-file-field="voice-source" data-testid="voice-file">
            <Icon name="audio" size={20} />
            <span className={styles.name}>{file.staged.name}</span>
            <span className={styles.quiet}>{formatBytes(file.staged.bytes)}</span>
            <IconButton size="small" icon="close" label={t("files.remove", { name: file.staged.name })} onClick={file.remove} />
          </div>
        ))}
      {file.wanted && file.problem !== null && (
        <p className={styles.problem} role="alert">
          {file.problem}
        </p>
      )}
      {file.error !== null && <ErrorNote error={file.error} />}
    </section>
  );
}
