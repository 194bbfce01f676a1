import { useId, useState } from "react";

import { Button, IconButton } from "../components/Button";
import { TextInput } from "../components/TextInput";
import { t } from "../lib/i18n";
import { isComposing } from "../lib/keyboard";
import type { AnswerInput, Answers } from "../platform";
import { textOf } from "./control-props";
import styles from "./FreeForm.module.css";

interface FreeFormProps {
  answers: Answers;
  onAnswer: (id: string, answer: AnswerInput | null) => void;
}

/** For a model without a form: parameters by name, sent as they are. */
export function FreeForm({ answers, onAnswer }: FreeFormProps) {
  const [name, setName] = useState("");
  const [wrong, setWrong] = useState(false);
  const id = useId();
  const names = Object.keys(answers).toSorted();
  const add = (): void => {
    const trimmed = name.trim();
    if (trimmed === "") return;
    if (names.includes(trimmed)) {
      setWrong(true);
      return;
    }
    onAnswer(trimmed, { kind: "text", value: "" });
    setName("");
  };
  return (
    <div className={styles.free}>
      <p className={styles.note}>{t("form.noSchema")}</p>
      {names.map((key) => (
        <div key={key} className={styles.row}>
          <code className={styles.name}>{key}</code>
          <TextInput
            aria-label={t("form.parameterValue", { name: key })}
            value={textOf(answers[key])}
            onValue={(value) => onAnswer(key, { kind: "text", value })}
          />
          <IconButton icon="close" label={t("form.removeParameter", { name: key })} onClick={() => onAnswer(key, null)} />
        </div>
      ))}
      <div className={styles.row}>
        <TextInput
          aria-label={t("form.parameterName")}
          aria-invalid={wrong}
          aria-describedby={wrong ? id : undefined}
          placeholder={t("form.parameterName")}
          value={name}
          onValue={(next) => {
            setName(next);
            setWrong(false);
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || isComposing(event)) return;
            event.preventDefault();
            add();
          }}
        />
        <Button icon="plus" onClick={add}>
          {t("form.addParameter")}
        </Button>
      </div>
      {wrong && (
        <p id={id} className={styles.wrong} role="alert">
          {t("form.duplicateParameter")}
        </p>
      )}
    </div>
  );
}
