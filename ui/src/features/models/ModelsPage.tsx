import { useEffect, useRef } from "react";
import { Link } from "wouter";

import { Button, IconButton } from "../../components/Button";
import { EmptyState, ErrorNote, RetryBar, Skeleton } from "../../components/Feedback";
import { Page } from "../../components/Page";
import { TextInput } from "../../components/TextInput";
import { VirtualRows } from "../../components/VirtualRows";
import { useModels } from "../../data/models";
import { formatCategory, formatCount, formatPercent } from "../../lib/format";
import { t } from "../../lib/i18n";
import { isTyping } from "../../lib/keyboard";
import { paths } from "../../lib/paths";
import { shortPrice } from "../../lib/price";
import { createStore, useStore } from "../../lib/store";
import { useDebounced } from "../../lib/use-debounced";
import type { ModelSummary } from "../../platform";
import styles from "./ModelsPage.module.css";

const ROW = 66;
const SEARCH_DELAY_MS = 150;

/** The search survives a look at a model. */
const search = createStore({ text: "", category: null as string | null });

function ModelRow({ model, onCategory }: { model: ModelSummary; onCategory: (slug: string) => void }) {
  return (
    <div className={styles.row}>
      <Link className={styles.main} href={paths.model(model.model)} data-testid={`model-card-${model.model}`}>
        <span className={styles.name}>
          <span className={styles.title}>{model.title}</span>
          <span className={styles.slug}>{model.model}</span>
        </span>
        <span className={styles.description}>{model.description}</span>
      </Link>
      <span className={styles.categories}>
        {model.categories.slice(0, 2).map((slug) => (
          <button
            key={slug}
            type="button"
            className={styles.chip}
            title={t("models.filterBy", { name: formatCategory(slug) })}
            onClick={() => onCategory(slug)}
          >
            {formatCategory(slug)}
          </button>
        ))}
      </span>
      <span className={styles.facts}>
        <span className={styles.price} data-kind={model.price.kind}>{shortPrice(model.price)}</span>
        <span className={styles.fine}>
          {model.computing_time !== null && <span title={t("models.computing")}>{model.computing_time}</span>}
          {model.success_rate !== null && (
            <span title={t("models.successHint")}>{t("models.success", { percent: formatPercent(model.success_rate) })}</span>
          )}
        </span>
      </span>
    </div>
  );
}

function RowSkeleton() {
  return (
    <div className={styles.row} aria-hidden="true">
      <span className={styles.main}>
        <Skeleton width={180} height={14} />
        <Skeleton className={styles.skeletonLine} width="72%" height={12} />
      </span>
      <Skeleton width={64} height={14} />
    </div>
  );
}

function Empty({ text, category, onClear }: { text: string; category: string | null; onClear: () => void }) {
  const filtered = text !== "" || category !== null;
  const title = text !== "" ? t("models.emptyTitle", { search: text }) : category !== null ? t("models.emptyCategoryTitle") : t("models.noneTitle");
  return (
    <EmptyState icon="search" title={title} body={filtered ? t("models.emptyBody") : t("models.noneBody")}>
      {filtered && <Button onClick={onClear}>{t("models.showAll")}</Button>}
    </EmptyState>
  );
}

function SearchBox() {
  const { text } = useStore(search);
  const input = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      event.preventDefault();
      input.current?.querySelector("input")?.focus();
    };
    document.addEventListener("keydown", focus);
    return () => document.removeEventListener("keydown", focus);
  }, []);
  return (
    <div ref={input} className={styles.search} role="search">
      <TextInput
        icon="search"
        aria-label={t("models.search")}
        aria-keyshortcuts="/"
        title={t("models.searchHint")}
        placeholder={t("models.search")}
        data-testid="model-search"
        value={text}
        onValue={(next) => search.set((current) => ({ ...current, text: next }))}
        onKeyDown={(event) => {
          if (event.key === "Escape" && text !== "") search.set((current) => ({ ...current, text: "" }));
          if (event.key === "ArrowDown") {
            event.preventDefault();
            document.querySelector<HTMLElement>('[data-testid="model-list"] [data-index="0"] a')?.focus();
          }
        }}
      />
      {text === "" ? (
        <kbd className={styles.key} aria-hidden="true">
          {"/"}
        </kbd>
      ) : (
        <IconButton className={styles.clear} size="small" icon="close" label={t("models.clear")} onClick={() => search.set((current) => ({ ...current, text: "" }))} />
      )}
    </div>
  );
}

function ModelList() {
  const { text, category } = useStore(search);
  const settled = useDebounced(text.trim(), SEARCH_DELAY_MS);
  const models = useModels(settled, category);
  if (models.error !== null) {
    return (
      <div className={styles.aside}>
        <ErrorNote error={models.error} actions={{ retry: models.retry }} />
      </div>
    );
  }
  // Until this search is answered it is not known that nothing fits it.
  if (models.pending || (models.total === 0 && models.stale)) {
    return (
      <div aria-busy="true" aria-label={t("models.loading")} role="group" data-testid="models-loading">
        {Array.from({ length: 8 }, (_, index) => (
          <RowSkeleton key={index} />
        ))}
      </div>
    );
  }
  if (models.total === 0) return <Empty text={settled} category={category} onClear={() => search.set({ text: "", category: null })} />;
  return (
    <>
      {models.partError !== null && <RetryBar error={models.partError} onRetry={models.retry} />}
      <VirtualRows
        place="models"
        // A new search begins at the top.
        key={`${settled}/${category ?? ""}`}
        scope={`${settled}/${category ?? ""}`}
        label={t("models.list")}
        count={models.total}
        rowHeight={ROW}
        onVisible={models.show}
        testId="model-list"
        render={(index) => {
          const model = models.at(index);
          return model === undefined ? <RowSkeleton /> : <ModelRow model={model} onCategory={(slug) => search.set((current) => ({ ...current, category: slug }))} />;
        }}
      />
    </>
  );
}

function Count() {
  const { text, category } = useStore(search);
  const models = useModels(useDebounced(text.trim(), SEARCH_DELAY_MS), category);
  if (models.pending || models.error !== null) return null;
  return (
    <span role="status">{t("models.count", { count: models.total, formatted: formatCount(models.total) })}</span>
  );
}

/** The catalogue. */
export function ModelsPage() {
  const { category } = useStore(search);
  return (
    <Page
      title={t("models.title")}
      note={<Count />}
      tools={
        <>
          {category !== null && (
            <Button size="small" icon="close" aria-label={t("models.clearCategory")} onClick={() => search.set((current) => ({ ...current, category: null }))}>
              {t("models.category", { name: formatCategory(category) })}
            </Button>
          )}
          <SearchBox />
        </>
      }
    >
      <ModelList />
    </Page>
  );
}
