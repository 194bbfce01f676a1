import { useState } from "react";

import { Button } from "../../components/Button";
import { ErrorNote } from "../../components/Feedback";
import { Select } from "../../components/Select";
import { ShortcutNote } from "../../components/ShortcutNote";
import { useVoiceSettings, useVoiceShortcut, type VoiceSettingsAccess } from "../../data/voice";
import { t } from "../../lib/i18n";
import { shortcutOf } from "../../lib/shortcut";
import { Group, Row, SwitchRow } from "./Rows";

const IDLE_MINUTES = [1, 2, 5, 10, 20, 60] as const;

/** Waits for the keys that are to be pressed from now on. */
function KeyCapture({ shortcut, onKeys }: { shortcut: string | null; onKeys: (keys: string | null) => void }) {
  const [waiting, setWaiting] = useState(false);
  return (
    <>
      <Button
        aria-pressed={waiting}
        onClick={() => setWaiting(true)}
        onBlur={() => setWaiting(false)}
        onKeyDown={(event) => {
          if (!waiting || event.key === "Tab") return;
          event.preventDefault();
          event.stopPropagation();
          if (event.key === "Escape") {
            setWaiting(false);
            return;
          }
          const keys = shortcutOf(event);
          if (keys === null) return;
          setWaiting(false);
          onKeys(keys);
        }}
        data-testid="settings-voice-keys"
      >
        {waiting ? t("settings.voice.keysWaiting") : (shortcut ?? t("settings.voice.keysNone"))}
      </Button>
      {shortcut !== null && !waiting && (
        <Button variant="quiet" onClick={() => onKeys(null)} data-testid="settings-voice-keys-clear">
          {t("settings.voice.keysClear")}
        </Button>
      )}
    </>
  );
}

function Shortcut({ access: { settings, save } }: { access: VoiceSettingsAccess }) {
  const state = useVoiceShortcut();
  return (
    <Group title={t("settings.voice.keysGroup")}>
      <Row
        label={t("settings.voice.keys")}
        help={t("settings.voice.keysHelp")}
        below={
          <>
            {state.data !== undefined && <ShortcutNote shortcut={state.data} />}
            {state.error !== null && <ErrorNote error={state.error} />}
          </>
        }
      >
        {() => <KeyCapture shortcut={settings.talk_shortcut} onKeys={(keys) => save({ talk_shortcut: keys })} />}
      </Row>
      <SwitchRow label={t("settings.voice.toggles")} help={t("settings.voice.togglesHelp")} checked={settings.talk_shortcut_toggles} error={null} onChecked={(checked) => save({ talk_shortcut_toggles: checked })} testId="settings-voice-toggles" />
    </Group>
  );
}

function Fields({ access }: { access: VoiceSettingsAccess }) {
  const { settings, save, error } = access;
  const known: readonly number[] = IDLE_MINUTES;
  const minutes = known.includes(settings.idle_minutes) ? known : [...known, settings.idle_minutes].toSorted((a, b) => a - b);
  return (
    <>
      {error !== null && <ErrorNote error={error} />}
      <Group title={t("settings.voice.soundGroup")}>
        <SwitchRow label={t("settings.voice.echo")} help={t("settings.voice.echoHelp")} checked={settings.echo_cancellation} error={null} onChecked={(checked) => save({ echo_cancellation: checked })} testId="settings-voice-echo" />
        <SwitchRow label={t("settings.voice.noise")} help={t("settings.voice.noiseHelp")} checked={settings.noise_suppression} error={null} onChecked={(checked) => save({ noise_suppression: checked })} testId="settings-voice-noise" />
        <Row label={t("settings.voice.idle")} help={t("settings.voice.idleHelp")}>
          {(labelId) => (
            <Select
              id="settings-voice-idle"
              aria-labelledby={labelId}
              options={minutes.map((count) => ({ value: String(count), label: t("settings.voice.minutes", { count }) }))}
              value={String(settings.idle_minutes)}
              onValue={(value) => save({ idle_minutes: Number(value) })}
            />
          )}
        </Row>
      </Group>
      <Shortcut access={access} />
    </>
  );
}

/** How a person likes to talk. Devices are chosen where one talks. */
export function VoiceSettingsPage() {
  const access = useVoiceSettings();
  return access === null ? null : <Fields access={access} />;
}
