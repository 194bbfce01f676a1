import { useState } from "react";
import { useLocation } from "wouter";

import { Button } from "../../components/Button";
import { EmptyState, ErrorNote, RetryBar, Skeleton } from "../../components/Feedback";
import { Icon } from "../../components/Icon";
import { Page } from "../../components/Page";
import { Thumb } from "../../components/Thumb";
import { Viewer } from "../../components/Viewer";
import { VirtualGrid } from "../../components/VirtualGrid";
import { useAppState, useMediaUrl } from "../../data/app-state";
import { drops } from "../../data/drops";
import { useOutputCommands, useOutputs } from "../../data/outputs";
import type { Paged } from "../../data/paged";
import { classes } from "../../lib/classes";
import { formatBytes, formatCount, formatPixels } from "../../lib/format";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import { useStoreValue } from "../../lib/store";
import type { OutputState, OutputSummary } from "../../platform";
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

const STATES: Record<OutputState, () => string> = {
  published: () => t("library.saved"),
  pending: () => t("library.pending"),
  failed: () => t("library.failed"),
};

function Tile({ output, onView }: { output: OutputSummary; onView: () => void }) {
  return (
    <button type="button" className={styles.tile} data-testid={`library-item-${output.id}`} data-state={output.state} aria-label={t("library.view", { name: output.label, state: STATES[output.state]() })} onClick={onView}>
      <Face output={output} />
      <span className={styles.label} title={output.label}>
        {output.model}
      </span>
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

/** What the viewer shows. It holds the result, not its place: new results move every place on. */
interface Viewed {
  index: number;
  /** `null` until its page has come. */
  output: OutputSummary | null;
}

interface Viewing {
  /** Where the result stands now; `null` while the viewer is closed. */
  index: number | null;
  shown: OutputSummary | undefined;
  show: (index: number) => void;
  close: () => void;
}

function useViewing(outputs: Paged<OutputSummary>): Viewing {
  const [viewed, setViewed] = useState<Viewed | null>(null);
  const waiting = useStoreValue(drops.store, (current) => current.waiting.length > 0);
  // Dropped files wait in a panel under the viewer.
  if (waiting && viewed !== null) setViewed(null);
  const found = viewed === null ? undefined : outputs.at(viewed.index);
  if (viewed !== null && viewed.output === null && found !== undefined) setViewed({ ...viewed, output: found });
  const id = viewed?.output?.id;
  const place = id === undefined ? -1 : outputs.findIndex((output) => output.id === id);
  const index = place === -1 ? (viewed?.index ?? null) : place;
  const shown = place === -1 ? (viewed?.output ?? undefined) : outputs.at(place);
  return {
    index,
    shown,
    show: (next) => {
      outputs.show(next, next);
      setViewed({ index: next, output: outputs.at(next) ?? null });
    },
    close: () => setViewed(null),
  };
}

function Folder() {
  const state = useAppState().data;
  if (state === undefined) return null;
  return (
    <span className={styles.folder} title={state.library_dir}>
      {t("library.folder")} <span>{state.library_dir}</span>
    </span>
  );
}

/** Everything runs made, newest first. */
export function LibraryPage() {
  const outputs = useOutputs();
  const mediaUrl = useMediaUrl();
  const { reveal, open, fetchAgain } = useOutputCommands();
  const [, navigate] = useLocation();
  const viewing = useViewing(outputs);
  const { shown } = viewing;
  const view = (next: number): void => {
    reveal.reset();
    open.reset();
    fetchAgain.reset();
    viewing.show(next);
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
      <>
        {outputs.partError !== null && <RetryBar error={outputs.partError} onRetry={outputs.retry} />}
        <VirtualGrid
          place="library"
          label={t("library.list")}
          count={outputs.total}
          tileWidth={TILE}
          captionHeight={CAPTION}
          gap={GAP}
          onVisible={viewing.index === null ? outputs.show : () => undefined}
          testId="library-grid"
          render={(index) => {
            const output = outputs.at(index);
            return output === undefined ? <TileSkeleton /> : <Tile output={output} onView={() => view(index)} />;
          }}
        />
      </>
    );
  };

  return (
    <Page
      title={t("library.title")}
      note={outputs.pending || outputs.error !== null ? null : t("library.count", { count: outputs.total, formatted: formatCount(outputs.total) })}
      tools={<Folder />}
    >
      {body()}
      {viewing.index !== null && (
        <Viewer
          output={shown}
          index={viewing.index}
          total={outputs.total}
          src={shown === undefined ? "" : mediaUrl("output", shown.id)}
          onIndex={view}
          onClose={viewing.close}
          onReveal={(id) => reveal.mutate(id)}
          onOpen={(id) => open.mutate(id)}
          onFetch={(id) => fetchAgain.mutate(id)}
          onRun={(runId) => navigate(paths.run(runId))}
          error={reveal.error ?? open.error ?? fetchAgain.error ?? (shown === undefined ? outputs.partError : null)}
        />
      )}
    </Page>
  );
}
