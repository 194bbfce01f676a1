import { useEffect } from "react";

import { Button } from "./Button";
import styles from "./Confirm.module.css";

interface ConfirmProps {
  title: string;
  body: string;
  yes: string;
  no: string;
  busy: boolean;
  onYes: () => void;
  onNo: () => void;
  /** The id of the control that asked; the focus goes back to it, should it be lost with the question. */
  returnTo: string;
  testId?: string;
}

/** Asks once more, in the place of the button that was pressed. The harmless answer has the focus. */
export function Confirm({ title, body, yes, no, busy, onYes, onNo, returnTo, testId }: ConfirmProps) {
  useEffect(
    () => () => {
      // What stood here before comes back only after this is gone.
      setTimeout(() => {
        if (document.activeElement === document.body) document.querySelector<HTMLElement>(`#${CSS.escape(returnTo)}`)?.focus();
      });
    },
    [returnTo],
  );
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape keeps things as they are from anywhere in it
    <div
      className={styles.confirm}
      role="group"
      aria-label={title}
      data-testid={testId}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onNo();
      }}
    >
      <p>
        <strong>{title}</strong> {body}
      </p>
      <div className={styles.actions}>
        <Button size="small" variant="danger" disabled={busy} onClick={onYes} data-testid={testId === undefined ? undefined : `${testId}-yes`}>
          {yes}
        </Button>
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- it takes the place of the button that was pressed */}
        <Button size="small" autoFocus disabled={busy} onClick={onNo}>
          {no}
        </Button>
      </div>
    </div>
  );
}
