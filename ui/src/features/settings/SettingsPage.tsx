import type { ReactNode } from "react";
import { Link } from "wouter";

import { Icon, type IconName } from "../../components/Icon";
import { classes } from "../../lib/classes";
import { type MessageKey, t } from "../../lib/i18n";
import { paths, SETTINGS_PAGES, type SettingsPageId } from "../../lib/paths";
import type { AppState } from "../../platform";
import { AboutSettings } from "./AboutSettings";
import { AccountsSettings } from "./AccountsSettings";
import { AppearanceSettings } from "./AppearanceSettings";
import { LibrarySettings } from "./LibrarySettings";
import { NetworkSettings } from "./NetworkSettings";
import { NotificationSettings } from "./NotificationSettings";
import styles from "./SettingsPage.module.css";
import { VoiceSettingsPage } from "./VoiceSettings";

interface PageWords {
  icon: IconName;
  label: MessageKey;
}

const PAGES: Record<SettingsPageId, PageWords> = {
  accounts: { icon: "key", label: "settings.accounts.title" },
  library: { icon: "library", label: "settings.library.title" },
  appearance: { icon: "palette", label: "settings.appearance.title" },
  voice: { icon: "voice", label: "settings.voice.title" },
  network: { icon: "network", label: "settings.network.title" },
  notifications: { icon: "bell", label: "settings.notifications.title" },
  about: { icon: "info", label: "settings.about.title" },
};

export function isSettingsPage(page: string): page is SettingsPageId {
  return (SETTINGS_PAGES as readonly string[]).includes(page);
}

interface SettingsPageProps {
  page: SettingsPageId;
  /** The part of the page a link led to, such as an account. */
  part: string | null;
  state: AppState;
}

function body({ page, part, state }: SettingsPageProps): ReactNode {
  switch (page) {
    case "accounts":
      return <AccountsSettings state={state} opened={part} />;
    case "library":
      return <LibrarySettings />;
    case "appearance":
      return <AppearanceSettings settings={state.settings} />;
    case "voice":
      return <VoiceSettingsPage />;
    case "network":
      return <NetworkSettings proxy={state.settings.proxy} />;
    case "notifications":
      return <NotificationSettings settings={state.settings} />;
    case "about":
      return <AboutSettings version={state.version} />;
    default:
      return page satisfies never;
  }
}

/** The settings: their pages at the side, one of them beside it. Everything is saved the moment it is changed. */
export function SettingsPage(props: SettingsPageProps) {
  const { page } = props;
  return (
    <div className={styles.page}>
      <nav className={styles.nav} aria-label={t("settings.title")}>
        <p className={styles.heading} aria-hidden="true">
          {t("settings.title")}
        </p>
        <ul>
          {SETTINGS_PAGES.map((id) => (
            <li key={id}>
              <Link className={classes(styles.link, id === page && styles.here)} href={paths.settings(id)} aria-current={id === page ? "page" : undefined} data-testid={`settings-nav-${id}`}>
                <Icon name={PAGES[id].icon} />
                {t(PAGES[id].label)}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className={styles.scroller}>
        <div className={styles.body} data-testid={`settings-${page}`}>
          <h1>{t(PAGES[page].label)}</h1>
          {body(props)}
        </div>
      </div>
    </div>
  );
}
