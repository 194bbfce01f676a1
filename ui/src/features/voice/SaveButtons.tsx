import { Button } from "../../components/Button";
import { ErrorNote } from "../../components/Feedback";
import { notify } from "../../components/Toaster";
import { useVoiceExport } from "../../data/voice";
import { type MessageKey, t } from "../../lib/i18n";
import type { VoiceExport } from "../../platform";
import styles from "./SaveButtons.module.css";

const LABELS: Record<VoiceExport, MessageKey> = { srt: "voice.save.srt", json: "voice.save.json", wav: "voice.save.wav" };

interface SaveButtonsProps {
  runId: string;
  /** Whether there is a transcript to save. */
  lines: boolean;
  /** Whether there is a recording to save. */
  sound: boolean;
}

/** Writes parts of a session to files of the person's own. */
export function SaveButtons({ runId, lines, sound }: SaveButtonsProps) {
  const { mutate, isPending, error } = useVoiceExport(runId);
  const formats: readonly VoiceExport[] = [...(sound ? (["wav"] as const) : []), ...(lines ? (["srt", "json"] as const) : [])];
  if (formats.length === 0) return null;
  const save = (format: VoiceExport): void => mutate(format, { onSuccess: (path) => path !== null && notify({ title: t("voice.save.saved"), body: path }) });
  return (
    <div className={styles.save}>
      <div className={styles.buttons} role="group" aria-label={t("voice.save.label")}>
        {formats.map((format) => (
          <Button key={format} size="small" icon="save" disabled={isPending} onClick={() => save(format)} data-testid={`voice-save-${format}`}>
            {t(LABELS[format])}
          </Button>
        ))}
      </div>
      {error !== null && <ErrorNote error={error} />}
    </div>
  );
}
