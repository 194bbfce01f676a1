import { Combobox } from "@base-ui/react/combobox";

import { t } from "../lib/i18n";
import styles from "./Choice.module.css";
import { Icon } from "./Icon";
import type { ControlIds, Option } from "./Select";

interface SharedProps extends ControlIds {
  options: readonly Option[];
  label: string;
  onBlur?: () => void;
}

function OptionList() {
  return (
    <Combobox.Portal>
      <Combobox.Positioner className={styles.positioner} sideOffset={4}>
        <Combobox.Popup className={styles.popup}>
          <Combobox.Empty className={styles.empty}>{t("form.noOption")}</Combobox.Empty>
          <Combobox.List className={styles.list}>
            {(option: Option) => (
              <Combobox.Item key={option.value} value={option} className={styles.item}>
                <Combobox.ItemIndicator className={styles.indicator}>
                  <Icon name="check" size={14} />
                </Combobox.ItemIndicator>
                <span>{option.label}</span>
              </Combobox.Item>
            )}
          </Combobox.List>
        </Combobox.Popup>
      </Combobox.Positioner>
    </Combobox.Portal>
  );
}

function OpenButton({ label }: { label: string }) {
  return (
    <Combobox.Trigger className={styles.groupButton} aria-label={t("form.openOptions", { label })} tabIndex={-1}>
      <Icon name="updown" size={14} />
    </Combobox.Trigger>
  );
}

interface SearchSelectProps extends SharedProps {
  value: string | null;
  onValue: (value: string) => void;
}

/** A choice among many options, found by typing. */
export function SearchSelect({ options, value, onValue, label, onBlur, ...ids }: SearchSelectProps) {
  const chosen = options.find((option) => option.value === value) ?? null;
  return (
    <Combobox.Root
      items={options}
      value={chosen}
      isItemEqualToValue={(a, b) => a.value === b.value}
      onValueChange={(next) => {
        if (next !== null) onValue(next.value);
      }}
    >
      <Combobox.InputGroup className={styles.group}>
        <Combobox.Input className={styles.groupInput} placeholder={t("form.search")} onBlur={onBlur} {...ids} />
        <OpenButton label={label} />
      </Combobox.InputGroup>
      <OptionList />
    </Combobox.Root>
  );
}

interface SearchMultiSelectProps extends SharedProps {
  values: readonly string[];
  onValues: (values: string[]) => void;
}

/** Several among many options, found by typing. */
export function SearchMultiSelect({ options, values, onValues, label, onBlur, ...ids }: SearchMultiSelectProps) {
  const chosen = options.filter((option) => values.includes(option.value));
  return (
    <Combobox.Root
      multiple
      items={options}
      value={chosen}
      isItemEqualToValue={(a, b) => a.value === b.value}
      onValueChange={(next) => onValues(next.map((option) => option.value))}
    >
      <Combobox.InputGroup className={styles.group}>
        <Combobox.Chips className={styles.chips}>
          {chosen.map((option) => (
            <Combobox.Chip key={option.value} className={styles.chip} aria-label={option.label}>
              {option.label}
              <Combobox.ChipRemove
                className={styles.chipRemove}
                aria-label={t("form.removeOption", { label: option.label })}
              >
                <Icon name="close" size={14} />
              </Combobox.ChipRemove>
            </Combobox.Chip>
          ))}
          <Combobox.Input className={styles.groupInput} placeholder={t("form.search")} onBlur={onBlur} {...ids} />
        </Combobox.Chips>
        <OpenButton label={label} />
      </Combobox.InputGroup>
      <OptionList />
    </Combobox.Root>
  );
}
