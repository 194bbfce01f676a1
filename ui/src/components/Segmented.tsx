import { Radio } from "@base-ui/react/radio";
import { RadioGroup } from "@base-ui/react/radio-group";

import styles from "./Segmented.module.css";
import type { Option } from "./Select";

interface SegmentedProps<Value extends string> {
  labelledBy: string;
  options: readonly (Option & { value: Value })[];
  value: Value;
  onValue: (value: Value) => void;
  testId?: string;
}

/** One of a few options, all in sight, in force at once. */
export function Segmented<Value extends string>({ labelledBy, options, value, onValue, testId }: SegmentedProps<Value>) {
  return (
    <RadioGroup className={styles.group} aria-labelledby={labelledBy} value={value} onValueChange={(next) => onValue(next)} data-testid={testId}>
      {options.map((option) => (
        <label key={option.value} className={styles.option}>
          <Radio.Root className={styles.radio} value={option.value} data-testid={testId === undefined ? undefined : `${testId}-${option.value}`} />
          {option.label}
        </label>
      ))}
    </RadioGroup>
  );
}
