import type { ControlIds } from "../components/Select";
import type { AnswerInput, Control, Field, StagedFile } from "../platform";

export type ControlKind = Control["kind"];
export type ControlOf<Kind extends ControlKind> = Extract<Control, { kind: Kind }>;

/** What a form needs from outside to deal with files. */
export interface FileAccess {
  /** Asks the person for files. */
  pick: (multiple: boolean) => Promise<StagedFile[]>;
  previewUrl: (id: string) => string;
  /** Puts files into a field, or tells there why not. */
  take: (fieldId: string, files: StagedFile[]) => void;
}

export interface ControlProps<Kind extends ControlKind> {
  field: Field;
  control: ControlOf<Kind>;
  answer: AnswerInput | undefined;
  /** Ties the control to its label, help and problem. */
  ids: ControlIds;
  labelId: string;
  files: FileAccess;
  /** `null` leaves the answer out. */
  onAnswer: (answer: AnswerInput | null) => void;
  onTouch: () => void;
}

export function textOf(answer: AnswerInput | undefined): string {
  return answer?.kind === "text" ? answer.value : "";
}

/** Whether an input is a select whose options the service publishes only in its own form. */
export function isOpenSelect(control: Extract<Control, { kind: "raw" }>): boolean {
  return control.type_name === "select" || control.type_name === "select multiple";
}
