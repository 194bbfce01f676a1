import { Checkbox } from "@base-ui/react/checkbox";
import { CheckboxGroup } from "@base-ui/react/checkbox-group";
import { Switch as BaseSwitch } from "@base-ui/react/switch";

import { t } from "../lib/i18n";
import styles from "./Choice.module.css";
import { Icon } from "./Icon";
import type { ControlIds, Option } from "./Select";

interface SwitchProps extends ControlIds {
  checked: boolean;
  onChecked: (checked: boolean) => void;
  onBlur?: () => void;
  testId?: string;
}

/** On or off, at once. */
export function Switch({ checked, onChecked, testId, ...ids }: SwitchProps) {
  return (
    <span className={styles.switchRow}>
      <BaseSwitch.Root className={styles.switch} checked={checked} onCheckedChange={onChecked} data-testid={testId} {...ids}>
        <BaseSwitch.Thumb className={styles.thumb} />
      </BaseSwitch.Root>
      <span aria-hidden="true">{checked ? t("form.on") : t("form.off")}</span>
    </span>
  );
}

interface CheckGroupProps {
  labelledBy: string;
  describedBy: string | undefined;
  options: readonly Option[];
  values: readonly string[];
  onValues: (values: string[]) => void;
}

/** Several among a few options, all in sight. */
export function CheckGroup({ labelledBy, describedBy, options, values, onValues }: CheckGroupProps) {
  return (
    <CheckboxGroup
      className={styles.checks}
      value={[...values]}
      onValueChange={(next) => onValues(options.map((option) => option.value).filter((value) => next.includes(value)))}
      aria-labelledby={labelledBy}
      aria-describedby={describedBy}
    >
      {options.map((option) => (
        <label key={option.value} className={styles.check}>
          <Checkbox.Root className={styles.box} value={option.value}>
            <Checkbox.Indicator>
              <Icon name="check" size={14} />
            </Checkbox.Indicator>
          </Checkbox.Root>
          {option.label}
        </label>
      ))}
    </CheckboxGroup>
  );
}
