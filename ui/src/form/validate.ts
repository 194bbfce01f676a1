import { t } from "../lib/i18n";
import type { AnswerInput, Answers, Field, FormDefinition } from "../platform";
import { formFields } from "./drafts";
import { capacity, fileFamily } from "./file-fit";

export interface Problem {
  field: string;
  message: string;
}

function numberProblem(label: string, value: string, min: number | null, max: number | null): string | null {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value.trim())) return t("problem.notANumber", { label });
  const number = Number(value);
  if (min !== null && number < min) return t("problem.tooSmall", { label, min });
  if (max !== null && number > max) return t("problem.tooLarge", { label, max });
  return null;
}

function isEmpty(answer: AnswerInput | undefined): boolean {
  if (answer === undefined) return true;
  switch (answer.kind) {
    case "text":
      return answer.value.trim() === "";
    case "list":
      return answer.values.length === 0;
    case "files":
      return answer.files.length === 0;
    default:
      return answer satisfies never;
  }
}

const ADD = { image: "problem.addImage", video: "problem.addVideo", audio: "problem.addAudio", any: "problem.addFile" } as const;

function missing(field: Field): string {
  switch (field.control.kind) {
    case "files":
      return t(ADD[fileFamily(field)], { label: field.label });
    case "select":
      return t("problem.requiredChoice", { label: field.label });
    default:
      return t("problem.required", { label: field.label });
  }
}

function fieldProblem(field: Field, answer: AnswerInput | undefined): string | null {
  const { control, label } = field;
  // An option may be the empty text and mean something; then it is an answer.
  const chosenEmpty = control.kind === "select" && !control.multiple && answer?.kind === "text" && control.options.some((option) => option.value === answer.value);
  if (isEmpty(answer) && !chosenEmpty) return field.required ? missing(field) : null;
  switch (control.kind) {
    case "number":
    case "range":
      return answer?.kind === "text" ? numberProblem(label, answer.value, control.min, control.max) : null;
    case "select": {
      if (control.boolean || control.options.length === 0) return null;
      const values = answer?.kind === "list" ? answer.values : answer?.kind === "text" ? [answer.value] : [];
      const known = values.every((value) => control.options.some((option) => option.value === value));
      return known ? null : t("problem.notAnOption", { label });
    }
    case "files": {
      const count = answer?.kind === "files" ? answer.files.length : 0;
      const max = capacity(control);
      return count > max ? t("problem.tooManyFiles", { label, max }) : null;
    }
    case "text":
    case "text_area":
    case "raw":
      return null;
    default:
      return control satisfies never;
  }
}

/** Everything that stands between a draft and a run, in the order of the form. The core judges again before it sends. */
export function findProblems(form: FormDefinition, answers: Answers): Problem[] {
  return formFields(form).flatMap((field) => {
    const message = fieldProblem(field, answers[field.id]);
    return message === null ? [] : [{ field: field.id, message }];
  });
}
