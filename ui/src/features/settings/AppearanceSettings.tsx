import { Segmented } from "../../components/Segmented";
import { useSaveSettings } from "../../data/settings";
import { t } from "../../lib/i18n";
import type { Language, Settings, Theme } from "../../platform";
import { Group, Row } from "./Rows";

export function AppearanceSettings({ settings }: { settings: Settings }) {
  const theme = useSaveSettings();
  const language = useSaveSettings();
  const themes: readonly { value: Theme; label: string }[] = [
    { value: "system", label: t("settings.appearance.system") },
    { value: "light", label: t("settings.appearance.light") },
    { value: "dark", label: t("settings.appearance.dark") },
  ];
  const languages: readonly { value: Language; label: string }[] = [
    { value: "system", label: t("settings.appearance.system") },
    // Each by its own name, so that whoever cannot read the other finds it.
    { value: "english", label: t("settings.appearance.english") },
    { value: "german", label: t("settings.appearance.german") },
  ];
  return (
    <Group>
      <Row label={t("settings.appearance.theme")} help={t("settings.appearance.themeHelp")} error={theme.error}>
        {(labelId) => <Segmented labelledBy={labelId} options={themes} value={settings.theme} onValue={(next) => theme.mutate({ theme: next })} testId="settings-theme" />}
      </Row>
      <Row label={t("settings.appearance.language")} help={t("settings.appearance.languageHelp")} error={language.error}>
        {(labelId) => <Segmented labelledBy={labelId} options={languages} value={settings.language} onValue={(next) => language.mutate({ language: next })} testId="settings-language" />}
      </Row>
    </Group>
  );
}
