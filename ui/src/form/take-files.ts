import { t } from "../lib/i18n";
import type { FileInput, FormDefinition, StagedFile } from "../platform";
import { type Draft, drafts, emptyDraft, rememberFiles, setAnswer, setNotes, touch, updateDraft } from "./drafts";
import { addFiles, capacity, filesFields, placeFiles } from "./file-fit";

export function problemWords(file: StagedFile): string | null {
  return file.problem === null ? null : t(`fileProblem.${file.problem}`, { name: file.name });
}

function filesOf(draft: Draft, id: string): FileInput[] {
  const answer = draft.answers[id];
  return answer?.kind === "files" ? answer.files : [];
}

export interface Taken {
  label: string;
  count: number;
}

/** Puts files into a model's draft. Those with a problem are told beside a field and never enter it. */
export function takeFiles(model: string, form: FormDefinition, files: readonly StagedFile[], aimed: string | null): Taken[] {
  const usable = files.filter((file) => file.problem === null);
  const problems = files.flatMap((file) => problemWords(file) ?? []);
  rememberFiles(usable);
  const before = drafts.get()[model] ?? emptyDraft(form);
  const { placements, leftOut } = placeFiles(form, aimed, usable, (id) => filesOf(before, id).length);
  const notesAt = aimed ?? placements[0]?.field.id ?? filesFields(form)[0]?.id;

  updateDraft(model, form, (draft) => {
    let next = draft;
    for (const { field, files: placed } of placements) {
      const inputs = placed.map((file): FileInput => ({ kind: "staged", id: file.id }));
      const added = addFiles(field.control, filesOf(next, field.id), inputs);
      next = touch(setAnswer(next, field.id, { kind: "files", files: added.files }), field.id);
    }
    if (notesAt === undefined) return next;
    const field = filesFields(form).find((item) => item.id === notesAt);
    const sole = aimed !== null || filesFields(form).length === 1;
    const words = sole && field !== undefined ? t("files.tooMany", { max: capacity(field.control) }) : t("files.noField", { count: leftOut.length });
    const tooMany = leftOut.length > 0 ? [words] : [];
    const notes = [...problems, ...tooMany];
    return notes.length === 0 ? next : setNotes(next, notesAt, notes);
  });
  return placements.map(({ field, files: placed }) => ({ label: field.label, count: placed.length }));
}
