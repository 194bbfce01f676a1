import { Dialog } from "@base-ui/react/dialog";
import { type ReactNode, useEffect, useRef, useState } from "react";

import { classes } from "../lib/classes";
import { formatBytes, formatPixels, formatWhen } from "../lib/format";
import { t } from "../lib/i18n";
import type { AppError, OutputSummary } from "../platform";
import { Button, IconButton } from "./Button";
import { EmptyState, ErrorNote } from "./Feedback";
import { typeIcon } from "./Thumb";
import styles from "./Viewer.module.css";

export interface ViewerProps {
  output: OutputSummary | undefined;
  index: number;
  total: number;
  /** Address of the whole file. */
  src: string;
  onIndex: (index: number) => void;
  onClose: () => void;
  onReveal: (id: string) => void;
  onOpen: (id: string) => void;
  /** Fetches a result that could not be had once more. */
  onFetch: (id: string) => void;
  /** A way to the run, where that is another page. */
  onRun?: ((runId: string) => void) | undefined;
  error: AppError | null;
}

type Zoom = "fit" | "actual";

function Stage({ output, src, zoom }: { output: OutputSummary; src: string; zoom: Zoom }) {
  const [broken, setBroken] = useState(false);
  if (output.state !== "published") {
    const body = output.state === "pending" ? t("viewer.pending") : (output.problem ?? "");
    return <EmptyState icon={output.state === "pending" ? "clock" : "alert"} title={output.state === "pending" ? t("library.pending") : t("viewer.failed")} body={body} />;
  }
  if (!output.content_type.startsWith("image/") || broken) {
    return <EmptyState icon={typeIcon(output.content_type)} title={output.content_type} body={broken ? t("viewer.imageFailed") : t("viewer.noPreview")} />;
  }
  return (
    <img
      className={classes(styles.image, styles[zoom])}
      src={src}
      alt={output.label}
      width={output.width ?? undefined}
      height={output.height ?? undefined}
      draggable={false}
      onError={() => setBroken(true)}
    />
  );
}

function Fact({ label, children, testId }: { label: string; children: ReactNode; testId?: string }) {
  return (
    <div className={styles.fact}>
      <dt>{label}</dt>
      <dd data-testid={testId}>{children}</dd>
    </div>
  );
}

function Facts({ output }: { output: OutputSummary }) {
  const { width, height } = output;
  return (
    <dl className={styles.facts}>
      {width !== null && height !== null && (
        <Fact label={t("viewer.size")} testId="viewer-size">
          {t("viewer.pixels", { size: formatPixels(width, height) })}
        </Fact>
      )}
      {output.bytes > 0 && <Fact label={t("viewer.fileSize")}>{formatBytes(output.bytes)}</Fact>}
      <Fact label={t("viewer.type")}>{output.content_type}</Fact>
      <Fact label={t("viewer.model")}>{output.model}</Fact>
      <Fact label={t("viewer.made")}>{formatWhen(output.created_at_ms)}</Fact>
    </dl>
  );
}

function ViewerBody(props: ViewerProps & { output: OutputSummary }) {
  const { output, index, total, src, onIndex, onReveal, onOpen, onFetch, onRun, error } = props;
  const [zoom, setZoom] = useState<Zoom>("fit");
  const published = output.state === "published";
  const zoomable = published && output.content_type.startsWith("image/");
  return (
    <>
      <header className={styles.bar}>
        <Dialog.Title className={styles.title}>{output.label}</Dialog.Title>
        <span className={styles.position}>{t("viewer.position", { index: index + 1, total })}</span>
        <span className={styles.spring} />
        {zoomable && (
          <div className={styles.zoom} role="group" aria-label={t("viewer.size")}>
            <Button size="small" variant="quiet" aria-pressed={zoom === "fit"} onClick={() => setZoom("fit")}>
              {t("viewer.fit")}
            </Button>
            <Button size="small" variant="quiet" aria-pressed={zoom === "actual"} onClick={() => setZoom("actual")}>
              {t("viewer.actual")}
            </Button>
          </div>
        )}
        <Dialog.Close render={<IconButton icon="close" label={t("viewer.close")} />} />
      </header>
      {/* A scrolled picture must be scrollable with the keyboard too. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <div className={classes(styles.stage, zoom === "actual" && styles.pannable)} tabIndex={zoom === "actual" ? 0 : -1} data-testid="viewer-stage">
        <Stage key={output.id} output={output} src={src} zoom={zoom} />
      </div>
      {index > 0 && <IconButton className={classes(styles.turn, styles.previous)} variant="secondary" icon="left" label={t("viewer.previous")} onClick={() => onIndex(index - 1)} />}
      {index < total - 1 && <IconButton className={classes(styles.turn, styles.next)} variant="secondary" icon="right" label={t("viewer.next")} onClick={() => onIndex(index + 1)} />}
      <footer className={styles.foot}>
        <Facts output={output} />
        <div className={styles.actions}>
          {onRun !== undefined && (
            <Button icon="runs" onClick={() => onRun(output.run_id)}>
              {t("viewer.run")}
            </Button>
          )}
          {output.can_retry && (
            <Button icon="reset" onClick={() => onFetch(output.id)} data-testid="viewer-fetch">
              {t("control.fetchAgain")}
            </Button>
          )}
          {published && (
            <>
              <Button icon="external" onClick={() => onOpen(output.id)}>
                {t("viewer.open")}
              </Button>
              <Button icon="folder" onClick={() => onReveal(output.id)}>
                {t("viewer.reveal")}
              </Button>
            </>
          )}
        </div>
      </footer>
      {error !== null && (
        <div className={styles.error}>
          <ErrorNote error={error} />
        </div>
      )}
    </>
  );
}

/** The result is still on its way, or did not come. */
function Absent({ error }: { error: AppError | null }) {
  return (
    <>
      <header className={styles.bar}>
        <Dialog.Title className={styles.title}>{t("common.loading")}</Dialog.Title>
        <span className={styles.spring} />
        <Dialog.Close render={<IconButton icon="close" label={t("viewer.close")} />} />
      </header>
      {error !== null && (
        <div className={styles.error}>
          <ErrorNote error={error} />
        </div>
      )}
    </>
  );
}

const TURNS: Readonly<Record<string, 1 | -1>> = { ArrowLeft: -1, ArrowRight: 1 };

/** One result, as large as the window. */
export function Viewer(props: ViewerProps) {
  const { output, index, total, onIndex, onClose } = props;
  const popup = useRef<HTMLDivElement>(null);
  // On the document, not on the dialog: the control that had the focus may be gone with the last result. And on the way
  // down, because the dialog keeps arrow keys to itself on the way up.
  useEffect(() => {
    const turn = (event: KeyboardEvent): void => {
      const by = TURNS[event.key];
      const panning = event.target instanceof HTMLElement && event.target.dataset["testid"] === "viewer-stage";
      if (by === undefined || panning || event.altKey || event.ctrlKey || event.metaKey) return;
      const next = index + by;
      if (next >= 0 && next < total) onIndex(next);
    };
    document.addEventListener("keydown", turn, true);
    return () => document.removeEventListener("keydown", turn, true);
  }, [index, total, onIndex]);
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup ref={popup} initialFocus={popup} className={styles.popup} data-testid="viewer">
          {output === undefined ? <Absent error={props.error} /> : <ViewerBody {...props} output={output} />}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
