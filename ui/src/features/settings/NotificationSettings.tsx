import { useSaveSettings } from "../../data/settings";
import { t } from "../../lib/i18n";
import type { Settings } from "../../platform";
import { Group, SwitchRow } from "./Rows";

export function NotificationSettings({ settings }: { settings: Settings }) {
  const notify = useSaveSettings();
  const tray = useSaveSettings();
  return (
    <Group>
      <SwitchRow
        label={t("settings.notifications.done")}
        help={t("settings.notifications.doneHelp")}
        checked={settings.notify_when_done}
        error={notify.error}
        onChecked={(checked) => notify.mutate({ notify_when_done: checked })}
        testId="settings-notify"
      />
      {settings.has_tray && (
        <SwitchRow
          label={t("settings.notifications.tray")}
          help={t("settings.notifications.trayHelp")}
          checked={settings.close_to_tray}
          error={tray.error}
          onChecked={(checked) => tray.mutate({ close_to_tray: checked })}
          testId="settings-tray"
        />
      )}
    </Group>
  );
}
