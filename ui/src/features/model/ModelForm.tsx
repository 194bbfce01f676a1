import { useEffect, useMemo } from "react";

import { notify } from "../../components/Toaster";
import { useMediaUrl } from "../../data/app-state";
import { type DropTarget, drops } from "../../data/drops";
import { usePickFiles } from "../../data/outputs";
import type { FileAccess } from "../../form/control-props";
import { type Draft, setAnswer, touch, updateDraft } from "../../form/drafts";
import { aimedField, markAimed } from "../../form/aim";
import { filesFields } from "../../form/file-fit";
import { FormView } from "../../form/FormView";
import { FreeForm } from "../../form/FreeForm";
import { takeFiles } from "../../form/take-files";
import type { Problem } from "../../form/validate";
import { announce } from "../../lib/announce";
import { readError } from "../../lib/errors";
import { t } from "../../lib/i18n";
import type { AnswerInput, AppError, FormDefinition, ModelDetail, StagedFile } from "../../platform";
import styles from "./ModelPage.module.css";

/** Takes what is dropped on the window while this model is open, and shows which field would. */
function useDropTarget(detail: ModelDetail): void {
  useEffect(() => {
    const fields = filesFields(detail.form);
    if (fields.length === 0) return undefined;
    const target: DropTarget = {
      aim: (x, y) => {
        const under = aimedField(x, y);
        return fields.find((field) => field.id === under) ?? (fields.length === 1 ? (fields[0] ?? null) : null);
      },
      take: (files, aim) => {
        const taken = takeFiles(detail.summary.model, detail.form, files, aim?.id ?? null);
        if (taken.length > 0) announce(taken.map(({ label, count }) => t("drop.added", { count, label })).join(". "));
      },
    };
    return drops.register(target);
  }, [detail]);
  useEffect(() => {
    const mark = (): void => {
      const { hover, aimed } = drops.store.get();
      markAimed(hover === null ? null : (aimed?.aim?.id ?? null));
    };
    return drops.store.subscribe(mark);
  }, []);
}

interface ModelFormProps {
  detail: ModelDetail;
  draft: Draft;
  problems: readonly Problem[];
  /** The fields that are shown, when a page has some of them elsewhere. */
  shown?: FormDefinition;
}

export function ModelForm({ detail, draft, problems, shown = detail.form }: ModelFormProps) {
  const { form } = detail;
  const { model } = detail.summary;
  const mediaUrl = useMediaUrl();
  const { mutateAsync } = usePickFiles();
  useDropTarget(detail);

  const files = useMemo<FileAccess>(
    () => ({
      pick: (multiple) => mutateAsync(multiple).catch((error: AppError): StagedFile[] => {
          const { title, body } = readError(error);
          notify({ title, body });
          return [];
        }),
      previewUrl: (id) => mediaUrl("staged", id),
      take: (fieldId, picked) => {
        takeFiles(model, form, picked, fieldId);
      },
    }),
    [mutateAsync, mediaUrl, model, form],
  );
  const onAnswer = (id: string, answer: AnswerInput | null): void => updateDraft(model, form, (current) => setAnswer(current, id, answer));
  if (!form.has_schema) return <FreeForm answers={draft.answers} onAnswer={onAnswer} />;
  if (shown.groups.every((group) => group.fields.length === 0)) return <p className={styles.quiet}>{t("model.noInputs")}</p>;
  return (
    <FormView
      form={shown}
      draft={draft}
      problems={problems}
      files={files}
      onAnswer={onAnswer}
      onTouch={(id) => updateDraft(model, form, (current) => touch(current, id))}
    />
  );
}
