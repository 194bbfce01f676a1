import { type KeyboardEvent, useRef } from "react";

import { latestRuns, noteRun } from "../../data/latest-runs";
import { useSubmitRun } from "../../data/runs";
import { type Draft, drafts, emptyDraft, resetDraft, updateDraft } from "../../form/drafts";
import { findProblems, type Problem } from "../../form/validate";
import { isComposing } from "../../lib/keyboard";
import { useStoreValue } from "../../lib/store";
import type { AppError, ModelDetail } from "../../platform";

export interface RunPress {
  draft: Draft;
  problems: Problem[];
  /** A press is on its way. */
  busy: boolean;
  error: AppError | null;
  /** The run this page started last. */
  latest: string | null;
  run: () => void;
  /** The same press once more: the same intent, so that it can never become a second run. */
  again: () => void;
  reset: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

const blank = new WeakMap<ModelDetail, Draft>();

function blankDraft(detail: ModelDetail): Draft {
  const known = blank.get(detail);
  if (known !== undefined) return known;
  const draft = emptyDraft(detail.form);
  blank.set(detail, draft);
  return draft;
}

export function useRunPress(detail: ModelDetail): RunPress {
  const model = detail.summary.model;
  const draft = useStoreValue(drafts, (all) => all[model]) ?? blankDraft(detail);
  const latest = useStoreValue(latestRuns, (all) => all[model]) ?? null;
  const submit = useSubmitRun();
  // A second click arrives before React has drawn the first; only a ref is in time to stop it.
  const pressed = useRef(false);
  const problems = detail.form.has_schema ? findProblems(detail.form, draft.answers) : [];

  const send = (intentId: string, answers: Draft["answers"]): void => {
    if (pressed.current) return;
    pressed.current = true;
    submit.mutate(
      { model, answers, intent_id: intentId },
      {
        onSuccess: (run) => noteRun(model, run.id),
        onSettled: () => {
          pressed.current = false;
        },
      },
    );
  };

  const run = (): void => {
    if (problems.length > 0) {
      updateDraft(model, detail.form, (current) => ({ ...current, judged: true }));
      return;
    }
    send(crypto.randomUUID(), draft.answers);
  };

  return {
    draft,
    problems,
    busy: submit.isPending,
    error: submit.error,
    latest,
    run,
    again: () => {
      const last = submit.variables;
      if (last !== undefined) send(last.intent_id, last.answers);
    },
    reset: () => {
      resetDraft(model);
      submit.reset();
    },
    onKeyDown: (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || isComposing(event)) return;
      event.preventDefault();
      run();
    },
  };
}
