import { type ComponentProps, useLayoutEffect, useRef } from "react";

import { classes } from "../lib/classes";
import { isComposing } from "../lib/keyboard";
import { Icon, type IconName } from "./Icon";
import styles from "./TextInput.module.css";

interface TextInputProps extends Omit<ComponentProps<"input">, "onChange" | "value"> {
  value: string;
  onValue: (value: string) => void;
  icon?: IconName;
}

export function TextInput({ value, onValue, icon, className, ...rest }: TextInputProps) {
  const input = (
    <input
      autoComplete="off"
      spellCheck={false}
      type="text"
      {...rest}
      className={classes(styles.input, icon !== undefined && styles.withIcon, className)}
      value={value}
      onChange={(event) => onValue(event.target.value)}
    />
  );
  if (icon === undefined) return input;
  return (
    <span className={styles.wrap}>
      <Icon name={icon} className={styles.icon} />
      {input}
    </span>
  );
}

interface TextAreaProps extends Omit<ComponentProps<"textarea">, "onChange" | "value"> {
  value: string;
  onValue: (value: string) => void;
}

/** Grows with its text up to a third of the window, then scrolls. */
export function TextArea({ value, onValue, className, ...rest }: TextAreaProps) {
  const element = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const area = element.current;
    if (area === null) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- the text decides the height it is measured at
  }, [value]);
  return (
    <textarea
      rows={3}
      {...rest}
      ref={element}
      className={classes(styles.input, styles.area, className)}
      value={value}
      onChange={(event) => onValue(event.target.value)}
    />
  );
}

interface NumberInputProps extends Omit<TextInputProps, "min" | "max" | "step"> {
  min: number | null;
  max: number | null;
  step: number | null;
}

function decimals(step: number): number {
  return /\.(\d+)$/.exec(String(step))?.[1]?.length ?? 0;
}

/** The neighbour of a number on its grid, within its bounds. */
export function stepped(value: string, direction: 1 | -1, bounds: Pick<NumberInputProps, "min" | "max" | "step">): string {
  const step = bounds.step ?? 1;
  const current = value.trim() === "" ? (bounds.min ?? 0) - direction * step : Number(value);
  if (!Number.isFinite(current)) return value;
  let next = current + direction * step;
  if (bounds.min !== null) next = Math.max(bounds.min, next);
  if (bounds.max !== null) next = Math.min(bounds.max, next);
  return next.toFixed(Math.max(decimals(step), decimals(current)));
}

/**
 * A number kept as the text that was typed: a seed may have more digits than a binary float, and a half-typed number
 * must not be corrected under the person's hands. Arrow keys step.
 */
export function NumberInput({ min, max, step, value, onValue, onKeyDown, className, ...rest }: NumberInputProps) {
  return (
    <TextInput
      inputMode="decimal"
      {...rest}
      className={classes(styles.number, className)}
      value={value}
      onValue={onValue}
      onKeyDown={(event) => {
        onKeyDown?.(event);
        if (isComposing(event) || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
        event.preventDefault();
        onValue(stepped(value, event.key === "ArrowUp" ? 1 : -1, { min, max, step }));
      }}
    />
  );
}
