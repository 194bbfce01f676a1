import { useState } from "react";

import { Button } from "../../components/Button";
import { ErrorNote } from "../../components/Feedback";
import { Icon } from "../../components/Icon";
import { Thumb } from "../../components/Thumb";
import { Viewer } from "../../components/Viewer";
import { useMediaUrl } from "../../data/app-state";
import { drops } from "../../data/drops";
import { useOutputCommands } from "../../data/outputs";
import { classes } from "../../lib/classes";
import { formatBytes, formatPixels } from "../../lib/format";
import { t } from "../../lib/i18n";
import { useStoreValue } from "../../lib/store";
import type { OutputSummary } from "../../platform";
import styles from "./RunOutputs.module.css";

function facts(output: OutputSummary): string {
  if (output.state === "pending") return t("run.outputPending");
  if (output.state === "failed") return output.problem ?? t("run.outputFailed");
  const size = output.width !== null && output.height !== null ? [formatPixels(output.width, output.height)] : [];
  return [...size, formatBytes(output.bytes)].join(" · ");
}

interface OutputTileProps {
  output: OutputSummary;
  place: number;
  large: boolean;
  busy: boolean;
  onView: () => void;
  onFetch: () => void;
}

function OutputTile({ output, place, large, busy, onView, onFetch }: OutputTileProps) {
  const mediaUrl = useMediaUrl();
  const published = output.state === "published";
  const picture = published && output.content_type.startsWith("image/");
  // A single picture is shown in its own proportions, so that nothing is cut off.
  const ratio = large && output.width !== null && output.height !== null ? `${output.width} / ${output.height}` : undefined;
  return (
    <li className={styles.item}>
      <button type="button" className={styles.tile} data-testid={`run-output-${place}`} data-state={output.state} aria-label={t("run.openOutput", { name: output.label })} onClick={onView}>
        <span className={styles.face} style={ratio === undefined ? undefined : { aspectRatio: ratio }}>
          {published ? (
            <Thumb className={styles.thumb} contentType={output.content_type} src={picture ? mediaUrl(large ? "output" : "thumbnail", output.id) : null} fit={large ? "contain" : "cover"} />
          ) : (
            <span className={classes(styles.blank, output.state === "failed" && styles.failed)}>
              <Icon name={output.state === "failed" ? "alert" : "clock"} size={24} />
            </span>
          )}
        </span>
      </button>
      <span className={styles.name} title={output.label}>
        {output.label}
      </span>
      <span className={styles.facts}>{facts(output)}</span>
      {output.can_retry && (
        <Button className={styles.fetch} size="small" icon="reset" disabled={busy} aria-label={t("control.fetchNamed", { name: output.label })} onClick={onFetch} data-testid={`run-output-fetch-${place}`}>
          {t("control.fetchAgain")}
        </Button>
      )}
      {output.type_differs && published && <span className={styles.facts}>{t("run.typeDiffers", { type: output.content_type })}</span>}
    </li>
  );
}

/** The results of a run; each appears as soon as it is on disk. */
export function RunOutputs({ outputs }: { outputs: readonly OutputSummary[] }) {
  const [viewed, setViewed] = useState<string | null>(null);
  const waiting = useStoreValue(drops.store, (state) => state.waiting.length > 0);
  // Dropped files wait in a panel under the viewer.
  if (waiting && viewed !== null) setViewed(null);
  const mediaUrl = useMediaUrl();
  const { reveal, open, fetchAgain } = useOutputCommands();
  const place = outputs.findIndex((item) => item.id === viewed);
  const output = outputs[place];
  const view = (index: number): void => {
    reveal.reset();
    open.reset();
    fetchAgain.reset();
    setViewed(outputs[index]?.id ?? null);
  };
  return (
    <>
      <ul className={classes(styles.outputs, outputs.length === 1 && styles.single)}>
        {outputs.map((item, index) => (
          <OutputTile key={item.id} output={item} place={index + 1} large={outputs.length === 1} busy={fetchAgain.isPending} onView={() => view(index)} onFetch={() => fetchAgain.mutate(item.id)} />
        ))}
      </ul>
      {fetchAgain.error !== null && output === undefined && <ErrorNote error={fetchAgain.error} />}
      {output !== undefined && (
        <Viewer
          output={output}
          index={place}
          total={outputs.length}
          src={mediaUrl("output", output.id)}
          onIndex={view}
          onClose={() => setViewed(null)}
          onReveal={(id) => reveal.mutate(id)}
          onOpen={(id) => open.mutate(id)}
          onFetch={(id) => fetchAgain.mutate(id)}
          error={reveal.error ?? open.error ?? fetchAgain.error}
        />
      )}
    </>
  );
}
