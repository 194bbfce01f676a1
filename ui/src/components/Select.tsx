import { Select as Base } from "@base-ui/react/select";

import { t } from "../lib/i18n";
import styles from "./Choice.module.css";
import { Icon } from "./Icon";

export interface Option {
  label: string;
  value: string;
}

export interface ControlIds {
  id: string;
  "aria-labelledby"?: string;
  "aria-describedby"?: string | undefined;
  "aria-invalid"?: boolean | undefined;
  "aria-required"?: boolean | undefined;
}

interface SelectProps extends ControlIds {
  options: readonly Option[];
  value: string | null;
  onValue: (value: string) => void;
  onBlur?: () => void;
}

/** A choice among a few options. */
export function Select({ options, value, onValue, onBlur, ...ids }: SelectProps) {
  return (
    <Base.Root
      items={options}
      value={value}
      onValueChange={(next) => {
        if (next !== null) onValue(next);
      }}
      onOpenChange={(open) => {
        if (!open) onBlur?.();
      }}
      modal={false}
    >
      <Base.Trigger className={styles.trigger} {...ids}>
        <Base.Value className={styles.value} placeholder={t("form.choose")} />
        <Base.Icon className={styles.chevron}>
          <Icon name="updown" size={14} />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className={styles.positioner} sideOffset={4} alignItemWithTrigger={false}>
          <Base.Popup className={styles.popup}>
            <Base.List className={styles.list}>
              {options.map((option) => (
                <Base.Item key={option.value} value={option.value} className={styles.item}>
                  <Base.ItemIndicator className={styles.indicator}>
                    <Icon name="check" size={14} />
                  </Base.ItemIndicator>
                  <Base.ItemText>{option.label}</Base.ItemText>
                </Base.Item>
              ))}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
