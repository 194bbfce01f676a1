import { Link, useLocation } from "wouter";

import { Icon, type IconName } from "../components/Icon";
import { classes } from "../lib/classes";
import { type MessageKey, t } from "../lib/i18n";
import { paths } from "../lib/paths";
import styles from "./Sidebar.module.css";

interface Section {
  id: string;
  icon: IconName;
  label: MessageKey;
  href: string;
}

/** A section appears here when it works. */
const SECTIONS: readonly Section[] = [
  { id: "models", icon: "models", label: "nav.models", href: paths.models },
  { id: "runs", icon: "runs", label: "nav.runs", href: paths.runs },
  { id: "library", icon: "library", label: "nav.library", href: paths.library },
  { id: "voice", icon: "voice", label: "nav.voice", href: paths.voice },
];

const SETTINGS: Section = { id: "settings", icon: "settings", label: "nav.settings", href: "/settings" };

function Entry({ section, current }: { section: Section; current: string }) {
  const here = current.startsWith(section.href);
  const href = section === SETTINGS ? paths.settings() : section.href;
  return (
    <li>
      <Link className={classes(styles.link, here && styles.here)} href={href} aria-current={here ? "page" : undefined} data-testid={`nav-${section.id}`}>
        <Icon name={section.icon} />
        {t(section.label)}
      </Link>
    </li>
  );
}

export function Sidebar({ logo }: { logo: string }) {
  const [location] = useLocation();
  const current = location === "/" ? paths.models : location;
  return (
    <nav className={styles.side} aria-label={t("nav.label")}>
      <div className={styles.brand}>
        <img src={logo} alt="" width={26} height={26} />
        {t("app.name")}
      </div>
      <ul>
        {SECTIONS.map((section) => (
          <Entry key={section.id} section={section} current={current} />
        ))}
      </ul>
      <ul className={styles.below}>
        <Entry section={SETTINGS} current={current} />
      </ul>
    </nav>
  );
}
