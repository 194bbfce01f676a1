import { useEffect, useMemo } from "react";

import { useMediaUrl } from "../../data/app-state";
import { drops } from "../../data/drops";
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
import { t } from "../../lib/i18n";
import type { AnswerInput, ModelDetail, StagedFile } from "../../platform";
import styles from "./ModelPage.module.css";

/** Takes what is dropped on the window while this model is open, and shows which field would. */
function useDropTarget(detail: ModelDetail): void {
  useEffect(() => {
    const fields = filesFields(detail.form);
    if (fields.length === 0) return undefined;
    return drops.register({
      aim: (x, y) => {
        const aimed = aimedField(x, y) ?? fields[0]?.id;
        return fields.find((field) => field.id === aimed)?.label ?? null;
      },
      take: (files, x, y) => {
        for (const { label, count } of takeFiles(detail.summary.model, detail.form, files, aimedField(x, y))) {
          announce(t("drop.added", { count, label }));
        }
      },
    });
  }, [detail]);
  useEffect(() => {
    const first = filesFields(detail.form)[0]?.id ?? null;
    const mark = (): void => {
      const { hover } = drops.store.get();
      markAimed(hover === null ? null : (aimedField(hover.x, hover.y) ?? first));
    };
    return drops.store.subscribe(mark);
  }, [detail]);
}

interface ModelFormProps {
  detail: ModelDetail;
  draft: Draft;
  problems: Problem[];
}

export function ModelForm({ detail, draft, problems }: ModelFormProps) {
  const { form } = detail;
  const { model } = detail.summary;
  const mediaUrl = useMediaUrl();
  const { mutateAsync } = usePickFiles();
  useDropTarget(detail);

  const files = useMemo<FileAccess>(
    () => ({
      pick: (multiple) => mutateAsync(multiple).catch((): StagedFile[] => []),
      previewUrl: (id) => mediaUrl("staged", id),
      take: (fieldId, picked) => {
        takeFiles(model, form, picked, fieldId);
      },
    }),
    [mutateAsync, mediaUrl, model, form],
  );
  const onAnswer = (id: string, answer: AnswerInput | null): void => updateDraft(model, form, (current) => setAnswer(current, id, answer));
  if (!form.has_schema) return <FreeForm answers={draft.answers} onAnswer={onAnswer} />;
  if (form.groups.every((group) => group.fields.length === 0)) return <p className={styles.quiet}>{t("model.noInputs")}</p>;
  return (
    <FormView
      form={form}
      draft={draft}
      problems={problems}
      files={files}
      onAnswer={onAnswer}
      onTouch={(id) => updateDraft(model, form, (current) => touch(current, id))}
    />
  );
}
