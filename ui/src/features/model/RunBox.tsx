import { useLocation } from "wouter";

import { Button } from "../../components/Button";
import { ErrorNote, Skeleton } from "../../components/Feedback";
import { usePrice } from "../../data/models";
import { t } from "../../lib/i18n";
import { activeRunsOnly } from "../../lib/active-runs-only";
import { isMac } from "../../lib/keyboard";
import { paths } from "../../lib/paths";
import { priceNote, shortPrice } from "../../lib/price";
import { useDebounced } from "../../lib/use-debounced";
import type { Answers } from "../../platform";
import styles from "./RunBox.module.css";
import type { RunPress } from "./use-run-press";

const PRICE_DELAY_MS = 150;

function Estimate({ model, answers }: { model: string; answers: Answers }) {
  const price = usePrice(model, useDebounced(answers, PRICE_DELAY_MS));
  return (
    <div className={styles.estimate} data-testid="price" aria-live="polite">
      <span className={styles.label}>{t("model.estimate")}</span>
      {price.data === undefined ? (
        price.error === null ? (
          <Skeleton width={72} height={24} />
        ) : (
          <span className={styles.note}>{t("model.estimateFailed")}</span>
        )
      ) : (
        <>
          <span className={styles.amount} data-kind={price.data.kind}>
            {shortPrice(price.data)}
          </span>
          <span className={styles.note}>{priceNote(price.data)}</span>
        </>
      )}
    </div>
  );
}

/** Brings the control of a field into view and into focus. */
function goToField(id: string): void {
  const field = document.querySelector(`[data-field="${CSS.escape(id)}"]`);
  field?.scrollIntoView({ block: "center" });
  field?.querySelector<HTMLElement>("input, textarea, button, [tabindex]")?.focus();
}

/** What a run may cost, the button that starts it, and what still stands in its way. */
export function RunBox({ model, press }: { model: string; press: RunPress }) {
  const [, navigate] = useLocation();
  const blocked = press.problems.length > 0;
  const firstProblem = press.error?.field ?? press.problems[0]?.field;
  const edit = (): void => {
    if (firstProblem !== undefined) goToField(firstProblem);
  };
  return (
    <section className={styles.box}>
      <Estimate model={model} answers={press.draft.answers} />
      <Button
        className={styles.run}
        variant="primary"
        size="large"
        icon="play"
        data-testid="run-button"
        // It stays focusable, so that a keyboard finds it and hears why it cannot be pressed yet.
        aria-disabled={blocked || press.busy}
        aria-describedby={blocked ? "run-reasons" : undefined}
        onKeyDown={(event) => {
          // A held key would press the button again and again.
          if (event.repeat && (event.key === "Enter" || event.key === " ")) event.preventDefault();
        }}
        onClick={(event) => {
          // The second click of a double click comes after the first has been answered, if the core is quick.
          if (!press.busy && event.detail < 2) press.run();
        }}
      >
        {press.busy ? t("model.running") : t("model.run")}
        <kbd className={styles.keys}>{t(isMac ? "model.keysMac" : "model.keys")}</kbd>
      </Button>
      {blocked && (
        <div id="run-reasons" className={styles.reasons} data-testid="run-reasons">
          <p>{t("model.notReady")}</p>
          <ul>
            {press.problems.map((problem) => (
              <li key={problem.field}>
                <button type="button" onClick={() => goToField(problem.field)}>
                  {problem.message}
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
      {press.error !== null && !press.busy && (
        <ErrorNote
          error={press.error}
          testId="run-error"
          actions={{
            retry: press.again,
            ...(firstProblem === undefined ? {} : { edit_inputs: edit, choose_file: edit }),
            wait: () => {
              activeRunsOnly.set(true);
              navigate(paths.runs);
            },
            check_run: () => navigate(paths.runs),
            open_run: () => navigate(paths.runs),
          }}
        />
      )}
    </section>
  );
}
