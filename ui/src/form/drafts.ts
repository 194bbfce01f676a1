import { createStore } from "../lib/store";
import type { AnswerInput, Answers, Control, Field, FormDefinition, StagedFile } from "../platform";
import { isOpenSelect } from "./control-props";

/** What a person filled in on one model page, and which of it may be judged already. */
export interface Draft {
  answers: Answers;
  /** Fields that were left once; only these show what is wrong with them. */
  touched: readonly string[];
  /** Run was pressed with problems; now every field may show its own. */
  judged: boolean;
  /** Files that could not be taken, in words, by field. */
  notes: Readonly<Record<string, readonly string[]>>;
}

/** Drafts by model: going to another page and back loses nothing. */
export const drafts = createStore<Readonly<Record<string, Draft>>>({});

/** Every file this window has been given, by id. */
export const stagedFiles = createStore<ReadonlyMap<string, StagedFile>>(new Map());

export function rememberFiles(files: readonly StagedFile[]): void {
  stagedFiles.set((current) => new Map([...current, ...files.map((file) => [file.id, file] as const)]));
}

/** A default that names several options: a list of JSON, or texts between commas. */
function namedIn(value: string): string[] {
  try {
    const list: unknown = JSON.parse(value);
    if (Array.isArray(list)) return list.map(String);
  } catch {
    // No JSON, so commas part it.
  }
  return value.split(",").map((part) => part.trim());
}

function listDefault(value: string, control: Extract<Control, { kind: "select" }>): AnswerInput | null {
  const parts = namedIn(value);
  const known = control.options.map((option) => option.value).filter((option) => option === value || parts.includes(option));
  return known.length === 0 ? null : { kind: "list", values: known };
}

function selectDefault(field: Field, control: Extract<Control, { kind: "select" }>): AnswerInput | null {
  const value = field.default;
  if (control.boolean) {
    if (value === "true" || value === "false") return { kind: "text", value };
    // A switch has no third position: what is required and says nothing is off.
    return field.required ? { kind: "text", value: "false" } : null;
  }
  if (control.multiple) return value === null ? null : listDefault(value, control);
  // Where the empty text is an option, nothing chosen is that option.
  const chosen = value ?? "";
  return control.options.some((option) => option.value === chosen) ? { kind: "text", value: chosen } : null;
}

function initialAnswer(field: Field): AnswerInput | null {
  switch (field.control.kind) {
    case "select":
      return selectDefault(field, field.control);
    case "files":
      return null;
    case "text":
    case "text_area":
      // Left blank it is sent as the empty text, as the service's own form does.
      return { kind: "text", value: field.default ?? "" };
    case "raw": {
      // A select whose options are not published takes no made-up value.
      const value = field.default ?? "";
      return value === "" && isOpenSelect(field.control) ? null : { kind: "text", value };
    }
    case "number":
    case "range":
      return field.default === null || field.default === "" ? null : { kind: "text", value: field.default };
    default:
      return field.control satisfies never;
  }
}

export function formFields(form: FormDefinition): Field[] {
  return form.groups.flatMap((group) => group.fields);
}

/** The answers a form starts with. What is left out is not the same as what is empty. */
export function initialAnswers(form: FormDefinition): Answers {
  const answers: Answers = {};
  for (const field of formFields(form)) {
    const answer = initialAnswer(field);
    if (answer !== null) answers[field.id] = answer;
  }
  return answers;
}

export function emptyDraft(form: FormDefinition): Draft {
  return { answers: initialAnswers(form), touched: [], judged: false, notes: {} };
}

/** Changes a draft, beginning with the defaults when there is none yet. */
export function updateDraft(model: string, form: FormDefinition, change: (draft: Draft) => Draft): void {
  drafts.set((all) => ({ ...all, [model]: change(all[model] ?? emptyDraft(form)) }));
}

export function resetDraft(model: string): void {
  drafts.set((all) => Object.fromEntries(Object.entries(all).filter(([key]) => key !== model)));
}

export function setAnswer(draft: Draft, id: string, answer: AnswerInput | null): Draft {
  const answers = Object.fromEntries(Object.entries(draft.answers).filter(([key]) => key !== id));
  const notes = Object.fromEntries(Object.entries(draft.notes).filter(([key]) => key !== id));
  // The order of the answers follows the last change, which nobody sees; the form sets the order on the wire.
  return { ...draft, notes, answers: answer === null ? answers : { ...answers, [id]: answer } };
}

function inOrder(answers: Answers): string {
  return JSON.stringify(Object.entries(answers).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** Whether two sets of answers say the same, whatever their order. */
export function sameAnswers(a: Answers, b: Answers): boolean {
  return inOrder(a) === inOrder(b);
}

export function touch(draft: Draft, id: string): Draft {
  return draft.touched.includes(id) ? draft : { ...draft, touched: [...draft.touched, id] };
}

export function setNotes(draft: Draft, id: string, notes: readonly string[]): Draft {
  return { ...draft, notes: { ...draft.notes, [id]: notes } };
}
