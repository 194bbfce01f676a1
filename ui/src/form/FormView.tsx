import { type ReactNode, useId } from "react";

import type { AnswerInput, Field, FormDefinition } from "../platform";
import { t } from "../lib/i18n";
import type { FileAccess } from "./control-props";
import type { Draft } from "./drafts";
import styles from "./FormView.module.css";
import { FieldControl } from "./registry";
import type { Problem } from "./validate";

interface FieldRowProps {
  field: Field;
  draft: Draft;
  problem: string | null;
  files: FileAccess;
  onAnswer: (id: string, answer: AnswerInput | null) => void;
  onTouch: (id: string) => void;
}

/** Whether several elements make up the control, so that no single one can be the label's. */
function isComposite(field: Field): boolean {
  const { control } = field;
  return control.kind === "files" || (control.kind === "select" && (control.multiple || control.boolean || control.options.length <= 12));
}

function FieldRow({ field, draft, problem, files, onAnswer, onTouch }: FieldRowProps) {
  const base = useId();
  const labelId = `${base}label`;
  const notes = draft.notes[field.id] ?? [];
  const visible = problem !== null && (draft.judged || draft.touched.includes(field.id));
  const described = [field.help !== null && `${base}help`, (visible || notes.length > 0) && `${base}problem`].filter(Boolean).join(" ");
  const label = (
    <>
      {field.label}
      {field.required && <span className={styles.required}>{t("form.required")}</span>}
    </>
  );
  return (
    <div className={styles.field} data-testid={`field-${field.id}`} data-field={field.id}>
      {isComposite(field) ? (
        <span id={labelId} className={styles.label}>
          {label}
        </span>
      ) : (
        <label id={labelId} className={styles.label} htmlFor={`${base}control`}>
          {label}
        </label>
      )}
      {field.help !== null && (
        <p id={`${base}help`} className={styles.help}>
          {field.help}
        </p>
      )}
      <FieldControl
        field={field}
        answer={draft.answers[field.id]}
        ids={{
          id: `${base}control`,
          "aria-describedby": described === "" ? undefined : described,
          "aria-invalid": visible ? true : undefined,
          "aria-required": field.required && !isComposite(field) ? true : undefined,
        }}
        labelId={labelId}
        files={files}
        onAnswer={(answer) => onAnswer(field.id, answer)}
        onTouch={() => onTouch(field.id)}
      />
      {(visible || notes.length > 0) && (
        <div id={`${base}problem`} className={styles.problem} role="alert">
          {visible && <p>{problem}</p>}
          {notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
        </div>
      )}
    </div>
  );
}

interface FormViewProps {
  form: FormDefinition;
  draft: Draft;
  problems: readonly Problem[];
  files: FileAccess;
  onAnswer: (id: string, answer: AnswerInput | null) => void;
  onTouch: (id: string) => void;
}

/** The form of a model, group by group, as its definition says. */
export function FormView({ form, problems, ...shared }: FormViewProps): ReactNode {
  const problemOf = (id: string): string | null => problems.find((problem) => problem.field === id)?.message ?? null;
  const titled = form.groups.length > 1;
  return form.groups.map((group) => (
    <section key={group.title} className={styles.group} aria-label={group.title || t("form.group")}>
      {titled && <h2 className={styles.heading}>{group.title}</h2>}
      {group.fields.map((field) => (
        <FieldRow key={field.id} field={field} problem={problemOf(field.id)} {...shared} />
      ))}
    </section>
  ));
}
