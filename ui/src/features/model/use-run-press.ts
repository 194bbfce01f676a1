import type { KeyboardEvent } from "react";

import { latestRuns } from "../../data/latest-runs";
import { useSubmitRun } from "../../data/runs";
import { type Draft, drafts, emptyDraft, resetDraft, sameAnswers, updateDraft } from "../../form/drafts";
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
  /** The same press once more: the same intent, so that it can never become a second run. Changed inputs are a new press. */
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
  const submit = useSubmitRun(model);
  const problems = detail.form.has_schema ? findProblems(detail.form, draft.answers) : [];

  const run = (): void => {
    if (problems.length > 0) {
      updateDraft(model, detail.form, (current) => ({ ...current, judged: true }));
      return;
    }
    submit.send({ model, answers: draft.answers, intent_id: crypto.randomUUID() });
  };

  return {
    draft,
    problems,
    busy: submit.busy,
    error: submit.error,
    latest,
    run,
    again: () => {
      if (submit.last !== null && sameAnswers(submit.last.answers, draft.answers)) submit.send(submit.last);
      else run();
    },
    reset: () => {
      resetDraft(model);
      submit.reset();
    },
    onKeyDown: (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented || isComposing(event)) return;
      // React's events come up through portals too: a key pressed in a dialog over the page is not the page's.
      if (!(event.target instanceof Node) || !event.currentTarget.contains(event.target)) return;
      event.preventDefault();
      // A key that is held down repeats itself; it is still one press.
      if (!event.repeat) run();
    },
  };
}
