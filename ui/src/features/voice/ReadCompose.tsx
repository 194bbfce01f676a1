import { useId } from "react";

import { TextArea } from "../../components/TextInput";
import { textOf } from "../../form/control-props";
import { setAnswer, touch, updateDraft } from "../../form/drafts";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n";
import type { Field, VoiceModel } from "../../platform";
import styles from "./ReadCompose.module.css";
import type { VoiceSetup } from "./use-voice-setup";

interface ReadComposeProps {
  model: VoiceModel;
  field: Field;
  setup: VoiceSetup;
}

/** What is to be read aloud. */
export function ReadCompose({ model, field, setup }: ReadComposeProps) {
  const id = useId();
  const { detail } = model;
  const text = textOf(setup.draft.answers[field.id]);
  const problem = setup.problems.find((item) => item.field === field.id);
  const told = problem !== undefined && (setup.draft.judged || setup.draft.touched.includes(field.id));
  return (
    <section className={styles.card} aria-labelledby={`${id}label`} data-field={field.id}>
      <div className={styles.head}>
        <label id={`${id}label`} htmlFor={`${id}text`} className={styles.label}>
          {t("voice.read.text")}
        </label>
        <span className={styles.count} data-testid="voice-text-count">
          {t("voice.read.characters", { count: text.length, formatted: formatCount(text.length) })}
        </span>
      </div>
      <TextArea
        id={`${id}text`}
        className={styles.text}
        rows={8}
        dir="auto"
        spellCheck
        placeholder={field.placeholder ?? t("voice.read.placeholder")}
        aria-invalid={told ? true : undefined}
        aria-describedby={told ? `${id}problem` : undefined}
        value={text}
        onValue={(value) => updateDraft(detail.summary.model, detail.form, (draft) => setAnswer(draft, field.id, value === "" ? null : { kind: "text", value }))}
        onBlur={() => updateDraft(detail.summary.model, detail.form, (draft) => touch(draft, field.id))}
        data-testid="voice-text"
      />
      {told && (
        <p id={`${id}problem`} className={styles.problem} role="alert">
          {problem.message}
        </p>
      )}
    </section>
  );
}
