import { useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";

import { Button, IconButton } from "../../components/Button";
import { ErrorNote, Skeleton } from "../../components/Feedback";
import { Icon } from "../../components/Icon";
import { TextInput } from "../../components/TextInput";
import { Thumb } from "../../components/Thumb";
import { useMediaUrl } from "../../data/app-state";
import { drops } from "../../data/drops";
import { useModelForms } from "../../data/models";
import { filesFields, fits } from "../../form/file-fit";
import { problemWords, takeFiles } from "../../form/take-files";
import { formatBytes } from "../../lib/format";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import { shortPrice } from "../../lib/price";
import { useStoreValue } from "../../lib/store";
import { useDebounced } from "../../lib/use-debounced";
import type { ModelDetail, ModelSummary, StagedFile } from "../../platform";
import styles from "./Drop.module.css";

const SEARCH_DELAY_MS = 150;

/** A first guess from the catalogue alone; the form then decides. */
function mayTakeFiles(model: ModelSummary): boolean {
  return model.categories.some((category) => /^(image|video|audio|speech|voice|document)|edit|upscal|enhanc/.test(category));
}

/** How many of the files a model has a fitting place for. */
function fitting(detail: ModelDetail, files: readonly StagedFile[]): number {
  return files.filter((file) => filesFields(detail.form).some((field) => fits(field, file))).length;
}

function FileList({ files }: { files: readonly StagedFile[] }) {
  const mediaUrl = useMediaUrl();
  return (
    <ul className={styles.files} aria-label={t("drop.files")}>
      {files.map((file) => (
        <li key={file.id}>
          <Thumb className={styles.thumb} contentType={file.content_type} src={file.has_preview ? mediaUrl("staged", file.id) : null} />
          <span className={styles.fileName} title={file.name}>
            {file.name}
          </span>
          <span className={styles.fine}>{formatBytes(file.bytes)}</span>
        </li>
      ))}
    </ul>
  );
}

function Models({ files, onUse }: { files: readonly StagedFile[]; onUse: (detail: ModelDetail) => void }) {
  const [text, setText] = useState("");
  const search = useModelForms(useDebounced(text.trim(), SEARCH_DELAY_MS), mayTakeFiles);
  const models = search.models
    .map((detail) => ({ detail, count: fitting(detail, files) }))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count);
  return (
    <>
      <div className={styles.modelsHead}>
        <h3>{t("drop.chooserModels")}</h3>
        <TextInput icon="search" aria-label={t("drop.chooserSearch")} placeholder={t("drop.chooserSearch")} value={text} onValue={setText} />
      </div>
      {search.pending && models.length === 0 ? (
        <div role="group" aria-busy="true" aria-label={t("drop.chooserLoading")} className={styles.models}>
          {[0, 1, 2].map((at) => (
            <Skeleton key={at} height={44} />
          ))}
        </div>
      ) : models.length === 0 ? (
        search.error === null && <p className={styles.fine}>{t("drop.chooserNone")}</p>
      ) : (
        <ul className={styles.models}>
          {models.map(({ detail }) => (
            <li key={detail.summary.model}>
              <button type="button" className={styles.model} aria-label={t("drop.use", { title: detail.summary.title })} onClick={() => onUse(detail)}>
                <span className={styles.modelWords}>
                  <strong>{detail.summary.title}</strong>
                  <span className={styles.fine}>{detail.summary.description}</span>
                </span>
                <span className={styles.price}>{shortPrice(detail.summary.price)}</span>
                <Icon name="right" />
              </button>
            </li>
          ))}
        </ul>
      )}
      {search.error !== null && <ErrorNote error={search.error} actions={{ retry: search.retry }} />}
      {search.partial && !search.pending && <p className={styles.fine}>{t("drop.chooserPartial")}</p>}
    </>
  );
}

/** The panel goes, the focus goes on to the page under it. */
function close(): void {
  drops.dismiss();
  document.querySelector<HTMLElement>("main")?.focus({ preventScroll: true });
}

/** Files were dropped where no page takes them: what they are, and the models that would. */
export function DropChooser() {
  const files = useStoreValue(drops.store, (state) => state.waiting);
  const [, navigate] = useLocation();
  const panel = useRef<HTMLElement>(null);
  const open = files.length > 0;
  useEffect(() => {
    if (open) panel.current?.focus();
  }, [open]);
  if (!open) return null;
  const usable = files.filter((file) => file.problem === null);
  const problems = files.flatMap((file) => problemWords(file) ?? []);
  const choose = (detail: ModelDetail): void => {
    takeFiles(detail.summary.model, detail.form, usable, null);
    drops.dismiss();
    navigate(paths.model(detail.summary.model));
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape closes the panel from anywhere in it
    <section
      ref={panel}
      className={styles.chooser}
      aria-label={t("drop.chooserTitle")}
      tabIndex={-1}
      data-testid="drop-chooser"
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
    >
      <header className={styles.chooserHead}>
        <h2>{t("drop.chooserTitle")}</h2>
        <IconButton icon="close" label={t("drop.close")} onClick={close} />
      </header>
      {usable.length > 0 && <FileList files={usable} />}
      {problems.length > 0 && (
        <div className={styles.problems} role="alert">
          <strong>{t("drop.problems")}</strong>
          {problems.map((problem) => (
            <p key={problem}>{problem}</p>
          ))}
        </div>
      )}
      {usable.length > 0 ? <Models files={usable} onUse={choose} /> : <Button onClick={close}>{t("drop.close")}</Button>}
    </section>
  );
}
