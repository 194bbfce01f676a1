import { useId } from "react";

import { Select } from "../../components/Select";
import { t } from "../../lib/i18n";
import type { VoiceDevice } from "../../platform";
import styles from "./Devices.module.css";

/** Stands for the system's own device, where the core has no id; no id of a device looks like it. */
const SYSTEM = "<system>";

export function deviceLabel(device: VoiceDevice): string {
  return device.is_monitor ? t("voice.devices.monitor", { name: device.name }) : device.name;
}

interface DevicePickerProps {
  label: string;
  devices: readonly VoiceDevice[];
  /** `null` is the system's. */
  value: string | null;
  onValue: (id: string | null) => void;
  testId: string;
}

/** A microphone or a speaker, by its name; one that is chosen and not plugged in says so. */
export function DevicePicker({ label, devices, value, onValue, testId }: DevicePickerProps) {
  const id = useId();
  const own = devices.find((device) => device.is_default);
  const system = { value: SYSTEM, label: own === undefined ? t("voice.devices.system") : t("voice.devices.systemNamed", { name: own.name }) };
  const missing = value !== null && !devices.some((device) => device.id === value) ? [{ value, label: t("voice.devices.unplugged") }] : [];
  const options = [system, ...devices.map((device) => ({ value: device.id, label: deviceLabel(device) })), ...missing];
  return (
    <div className={styles.picker} data-testid={testId}>
      <span id={id} className={styles.label}>
        {label}
      </span>
      <Select id={`${id}select`} aria-labelledby={id} options={options} value={value ?? SYSTEM} onValue={(next) => onValue(next === SYSTEM ? null : next)} />
    </div>
  );
}
