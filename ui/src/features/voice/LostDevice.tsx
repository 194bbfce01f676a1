import { useState } from "react";

import { Button } from "../../components/Button";
import { ErrorNote, Note } from "../../components/Feedback";
import { useVoiceControl, useVoiceDevices } from "../../data/voice";
import { t } from "../../lib/i18n";
import type { VoiceState } from "../../platform";
import { DevicePicker } from "./DevicePicker";
import styles from "./LostDevice.module.css";

interface LostDeviceProps {
  side: "input" | "output";
  state: VoiceState;
}

/** A device was unplugged: nothing is sent or played until another is chosen. */
export function LostDevice({ side, state }: LostDeviceProps) {
  const control = useVoiceControl();
  const { data, error, refetch } = useVoiceDevices();
  const [chosen, setChosen] = useState<string | null>(null);
  const input = side === "input";
  const devices = (input ? data?.inputs : data?.outputs) ?? [];
  // What the system would take for it is never a monitor by itself.
  const own = devices.find((device) => device.is_default && !device.is_monitor)?.id ?? null;
  const use = chosen ?? own;
  const name = (input ? state.input_name : state.output_name) ?? "";
  return (
    <Note severity="warning" title={t(input ? "voice.lost.input" : "voice.lost.output", { name })} body={t("voice.lost.body")} detail={null} testId="voice-lost">
      <div className={styles.row}>
        <DevicePicker label={t(input ? "voice.devices.microphone" : "voice.devices.speaker")} devices={devices} value={chosen} onValue={setChosen} testId="voice-lost-picker" />
        <Button size="medium" variant="primary" disabled={use === null} onClick={() => control({ kind: "use_devices", input: input ? use : null, output: input ? null : use })} data-testid="voice-lost-use">
          {t("voice.lost.use")}
        </Button>
        <Button icon="reset" onClick={() => void refetch()}>
          {t("voice.devices.again")}
        </Button>
      </div>
      {error !== null && <ErrorNote error={error} actions={{ retry: () => void refetch() }} />}
    </Note>
  );
}
