import { Slider } from "../../components/Slider";
import { NumberInput, TextArea, TextInput } from "../../components/TextInput";
import { t } from "../../lib/i18n";
import { type ControlProps, isOpenSelect, textOf } from "../control-props";
import styles from "./Controls.module.css";

export function TextControl({ field, answer, ids, onAnswer, onTouch }: ControlProps<"text">) {
  return (
    <TextInput
      {...ids}
      value={textOf(answer)}
      placeholder={field.placeholder ?? undefined}
      onValue={(value) => onAnswer({ kind: "text", value })}
      onBlur={onTouch}
    />
  );
}

export function TextAreaControl({ field, answer, ids, onAnswer, onTouch }: ControlProps<"text_area">) {
  return (
    <TextArea
      {...ids}
      value={textOf(answer)}
      placeholder={field.placeholder ?? undefined}
      onValue={(value) => onAnswer({ kind: "text", value })}
      onBlur={onTouch}
    />
  );
}

export function NumberControl({ field, control, answer, ids, onAnswer, onTouch }: ControlProps<"number">) {
  return (
    <div className={styles.row}>
      <NumberInput
        {...ids}
        className={styles.number}
        min={control.min}
        max={control.max}
        step={control.step}
        value={textOf(answer)}
        placeholder={field.placeholder ?? undefined}
        // An empty number is no number: it is left out.
        onValue={(value) => onAnswer(value === "" ? null : { kind: "text", value })}
        onBlur={onTouch}
      />
      {control.min !== null && control.max !== null && (
        <span className={styles.bounds}>{t("form.between", { min: control.min, max: control.max })}</span>
      )}
    </div>
  );
}

/** A step that lets a slider move when the service names none. */
function sliderStep(min: number, max: number, step: number | null): number {
  if (step !== null && step > 0) return step;
  return Number.isInteger(min) && Number.isInteger(max) && max - min >= 10 ? 1 : (max - min) / 100;
}

export function RangeControl({ field, control, answer, ids, onAnswer, onTouch }: ControlProps<"range">) {
  const text = textOf(answer);
  const number = text.trim() === "" ? control.min : Number(text);
  const shown = Number.isFinite(number) ? Math.min(control.max, Math.max(control.min, number)) : control.min;
  const step = sliderStep(control.min, control.max, control.step);
  return (
    <div className={styles.row}>
      <Slider
        label={field.label}
        describedBy={ids["aria-describedby"]}
        min={control.min}
        max={control.max}
        step={step}
        value={shown}
        // Sliders work in binary floats; twelve digits drop their dust.
        onValue={(value) => onAnswer({ kind: "text", value: String(Number(value.toPrecision(12))) })}
      />
      <NumberInput
        {...ids}
        aria-labelledby={undefined}
        aria-label={t("form.exactValue", { label: field.label })}
        className={styles.exact}
        min={control.min}
        max={control.max}
        step={step}
        value={text}
        onValue={(value) => onAnswer(value === "" ? null : { kind: "text", value })}
        onBlur={onTouch}
      />
    </div>
  );
}

export function RawControl({ field, control, answer, ids, onAnswer, onTouch }: ControlProps<"raw">) {
  return (
    <>
      <TextArea
        {...ids}
        className={styles.raw}
        rows={2}
        spellCheck={false}
        value={textOf(answer)}
        placeholder={field.placeholder ?? undefined}
        onValue={(value) => onAnswer(value === "" && isOpenSelect(control) ? null : { kind: "text", value })}
        onBlur={onTouch}
      />
      <p className={styles.aside}>{t("form.raw", { type: control.type_name })}</p>
    </>
  );
}
