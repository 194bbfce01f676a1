import { type ReactNode, useId } from "react";

import { ErrorNote } from "../../components/Feedback";
import { Switch } from "../../components/Toggles";
import type { AppError } from "../../platform";
import styles from "./Rows.module.css";

/** Settings that belong together, one under the other. */
export function Group({ title, children }: { title?: string; children: ReactNode }) {
  return (
    <section className={styles.section} aria-label={title}>
      {title !== undefined && <h2>{title}</h2>}
      <div className={styles.group}>{children}</div>
    </section>
  );
}

interface RowProps {
  label: string;
  help?: ReactNode;
  /** The control, given the id of its label. */
  children?: (labelId: string) => ReactNode;
  /** What unfolds below it. */
  below?: ReactNode;
  error?: AppError | null;
}

/** One setting: its words, and its control at the far end. */
export function Row({ label, help, children, below, error = null }: RowProps) {
  const id = useId();
  return (
    <div className={styles.row}>
      <div className={styles.line}>
        <div className={styles.words}>
          <span id={id} className={styles.label}>
            {label}
          </span>
          {help !== undefined && <div className={styles.help}>{help}</div>}
        </div>
        {children !== undefined && <div className={styles.control}>{children(id)}</div>}
      </div>
      {error !== null && <ErrorNote error={error} />}
      {below}
    </div>
  );
}

interface SwitchRowProps {
  label: string;
  help: string;
  checked: boolean;
  error: AppError | null;
  onChecked: (checked: boolean) => void;
  testId: string;
}

export function SwitchRow({ label, help, checked, error, onChecked, testId }: SwitchRowProps) {
  return (
    <Row label={label} help={help} error={error}>
      {(labelId) => <Switch id={testId} aria-labelledby={labelId} checked={checked} onChecked={onChecked} testId={testId} />}
    </Row>
  );
}
