import { useState } from "react";
import { useLocation } from "wouter";

import { Button } from "../../components/Button";
import { EmptyState, ErrorNote, Skeleton } from "../../components/Feedback";
import { Icon } from "../../components/Icon";
import { Page } from "../../components/Page";
import { Thumb } from "../../components/Thumb";
import { Viewer } from "../../components/Viewer";
import { VirtualGrid } from "../../components/VirtualGrid";
import { useAppState, useMediaUrl } from "../../data/app-state";
import { useOutputCommands, useOutputs } from "../../data/outputs";
import { classes } from "../../lib/classes";
import { formatBytes, formatCount, formatPixels } from "../../lib/format";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import type { OutputSummary } from "../../platform";
import styles from "./LibraryPage.module.css";

const TILE = 168;
const CAPTION = 44;
const GAP = 16;

function facts(output: OutputSummary): string {
  if (output.state === "pending") return t("library.pending");
  if (output.state === "failed") return t("library.failed");
  const size = output.width !== null && output.height !== null ? formatPixels(output.width, output.height) : formatBytes(output.bytes);
  return size;
}

function Face({ output }: { output: OutputSummary }) {
  const mediaUrl = useMediaUrl();
  if (output.state !== "published") {
    return (
      <span className={classes(styles.face, styles.blank, output.state === "failed" && styles.failed)}>
        <Icon name={output.state === "failed" ? "alert" : "clock"} size={24} />
      </span>
    );
  }
  const picture = output.content_type.startsWith("image/");
  return <Thumb className={styles.face} contentType={output.content_type} src={picture ? mediaUrl("thumbnail", output.id) : null} />;
}

function Tile({ output, onView }: { output: OutputSummary; onView: () => void }) {
  return (
    <button type="button" className={styles.tile} data-testid={`library-item-${output.id}`} data-state={output.state} aria-label={t("library.view", { name: output.label })} onClick={onView}>
      <Face output={output} />
      <span className={styles.label}>{output.label}</span>
      <span className={styles.facts}>{facts(output)}</span>
    </button>
  );
}

function TileSkeleton() {
  return (
    <div className={styles.tile} aria-hidden="true">
      <Skeleton className={styles.face} />
      <Skeleton className={styles.line} width="70%" height={12} />
    </div>
  );
}

function Loading() {
  return (
    <div className={styles.loading} role="group" aria-busy="true" aria-label={t("library.loading")}>
      {Array.from({ length: 12 }, (_, index) => (
        <TileSkeleton key={index} />
      ))}
    </div>
  );
}

/** Everything runs made, newest first. */
export function LibraryPage() {
  const outputs = useOutputs();
  const state = useAppState().data;
  const mediaUrl = useMediaUrl();
  const { reveal, open } = useOutputCommands();
  const [, navigate] = useLocation();
  const [viewed, setViewed] = useState<number | null>(null);
  const shown = viewed === null ? undefined : outputs.at(viewed);
  const view = (index: number): void => {
    reveal.reset();
    open.reset();
    outputs.show(index, index);
    setViewed(index);
  };

  const body = (): React.ReactNode => {
    if (outputs.error !== null) {
      return (
        <div className={styles.aside}>
          <ErrorNote error={outputs.error} actions={{ retry: outputs.retry }} />
        </div>
      );
    }
    if (outputs.pending) return <Loading />;
    if (outputs.total === 0) {
      return (
        <EmptyState icon="library" title={t("library.emptyTitle")} body={t("library.emptyBody")}>
          <Button variant="primary" onClick={() => navigate(paths.models)}>
            {t("runs.browse")}
          </Button>
        </EmptyState>
      );
    }
    return (
      <VirtualGrid
        label={t("library.list")}
        count={outputs.total}
        tileWidth={TILE}
        captionHeight={CAPTION}
        gap={GAP}
        onVisible={viewed === null ? outputs.show : () => undefined}
        testId="library-grid"
        render={(index) => {
          const output = outputs.at(index);
          return output === undefined ? <TileSkeleton /> : <Tile output={output} onView={() => view(index)} />;
        }}
      />
    );
  };

  return (
    <Page
      title={t("library.title")}
      note={outputs.pending || outputs.error !== null ? null : t("library.count", { count: outputs.total, formatted: formatCount(outputs.total) })}
      tools={
        state !== undefined && (
          <span className={styles.folder} title={state.library_dir}>
            {t("library.folder")} <span>{state.library_dir}</span>
          </span>
        )
      }
    >
      {body()}
      {viewed !== null && (
        <Viewer
          output={shown}
          index={viewed}
          total={outputs.total}
          src={shown === undefined ? "" : mediaUrl("output", shown.id)}
          onIndex={view}
          onClose={() => setViewed(null)}
          onReveal={(id) => reveal.mutate(id)}
          onOpen={(id) => open.mutate(id)}
          onRun={(runId) => navigate(paths.run(runId))}
          error={reveal.error ?? open.error}
        />
      )}
    </Page>
  );
}
