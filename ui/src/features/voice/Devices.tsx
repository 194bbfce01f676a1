import { Button, IconButton } from "../../components/Button";
import { ErrorNote, Skeleton } from "../../components/Feedback";
import { LevelMeter } from "../../components/LevelMeter";
import { useDeviceTest, useVoiceDevices, type VoiceSettingsAccess } from "../../data/voice";
import { t } from "../../lib/i18n";
import type { VoiceDevice } from "../../platform";
import { inputLevel } from "./BigButton";
import { DevicePicker } from "./DevicePicker";
import styles from "./Devices.module.css";

/** Under this a voice is hard to make out; over the other it is cut off. */
const QUIET_DBFS = -45;
const LOUD_DBFS = -1;

function heardWords(peak: number | null): string {
  if (peak === null) return t("voice.devices.silent");
  if (peak < QUIET_DBFS) return t("voice.devices.quiet");
  return peak > LOUD_DBFS ? t("voice.devices.loud") : t("voice.devices.good");
}

interface SideProps {
  devices: readonly VoiceDevice[];
  chosen: string | null;
  /** A session has the devices; they cannot be tried. */
  busy: boolean;
  onChoose: (id: string | null) => void;
}

function Microphone({ devices, chosen, busy, onChoose }: SideProps) {
  const { mutate, isPending, data, error, reset } = useDeviceTest();
  const monitor = devices.find((device) => device.id === chosen)?.is_monitor === true;
  const silent = data !== undefined && !isPending && (data.peak_dbfs === null || data.peak_dbfs < QUIET_DBFS);
  return (
    <div className={styles.side}>
      <DevicePicker
        label={t("voice.devices.microphone")}
        devices={devices}
        value={chosen}
        onValue={(id) => {
          reset();
          onChoose(id);
        }}
        testId="voice-input"
      />
      {devices.length === 0 ? (
        <p className={styles.warn}>{t("voice.devices.noMicrophone")}</p>
      ) : (
        <>
          <LevelMeter source={inputLevel} />
          <div className={styles.test}>
            <Button size="small" icon="mic" disabled={busy || isPending} onClick={() => mutate({ kind: "input", device: chosen })} data-testid="voice-test-input">
              {t(isPending ? "voice.devices.listening" : "voice.devices.testInput")}
            </Button>
            <span role="status" className={silent ? styles.warn : styles.quiet}>
              {isPending ? t("voice.devices.speak") : data === undefined ? "" : heardWords(data.peak_dbfs)}
            </span>
          </div>
        </>
      )}
      {monitor && <p className={styles.warn}>{t("voice.devices.monitorNote")}</p>}
      {error !== null && <ErrorNote error={error} />}
    </div>
  );
}

function Speaker({ devices, chosen, busy, onChoose }: SideProps) {
  const { mutate, isPending, data, error, reset } = useDeviceTest();
  return (
    <div className={styles.side}>
      <DevicePicker
        label={t("voice.devices.speaker")}
        devices={devices}
        value={chosen}
        onValue={(id) => {
          reset();
          onChoose(id);
        }}
        testId="voice-output"
      />
      {devices.length === 0 ? (
        <p className={styles.warn}>{t("voice.devices.noSpeaker")}</p>
      ) : (
        <div className={styles.test}>
          <Button size="small" icon="speaker" disabled={busy || isPending} onClick={() => mutate({ kind: "output", device: chosen })} data-testid="voice-test-output">
            {t(isPending ? "voice.devices.playing" : "voice.devices.testOutput")}
          </Button>
          <span role="status" className={styles.quiet}>
            {data !== undefined && !isPending ? t("voice.devices.played") : ""}
          </span>
        </div>
      )}
      {error !== null && <ErrorNote error={error} />}
    </div>
  );
}

interface DevicesProps {
  access: VoiceSettingsAccess;
  needs: { input: boolean; output: boolean };
  busy: boolean;
}

/** Which microphone and which speaker, each with a way to try it. */
export function Devices({ access, needs, busy }: DevicesProps) {
  const { data, error, refetch, isFetching } = useVoiceDevices();
  const { settings, save } = access;
  const title = t(needs.input && needs.output ? "voice.devices.title" : needs.input ? "voice.devices.microphone" : "voice.devices.speaker");
  return (
    <section className={styles.card} aria-label={title}>
      <header className={styles.head}>
        <h2>{title}</h2>
        <IconButton size="small" icon="reset" label={t("voice.devices.again")} disabled={isFetching} onClick={() => void refetch()} />
      </header>
      {error !== null && data === undefined && <ErrorNote error={error} actions={{ retry: () => void refetch() }} />}
      {data === undefined && error === null && <Skeleton height={92} />}
      {data !== undefined && (
        <div className={styles.sides}>
          {needs.input && <Microphone devices={data.inputs} chosen={settings.input_device} busy={busy} onChoose={(id) => save({ input_device: id })} />}
          {needs.output && <Speaker devices={data.outputs} chosen={settings.output_device} busy={busy} onChoose={(id) => save({ output_device: id })} />}
        </div>
      )}
    </section>
  );
}
