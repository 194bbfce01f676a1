import type { ReactNode } from "react";
import { Link } from "wouter";

import { IconButton } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { useDismissNotice } from "../../data/settings";
import { classes } from "../../lib/classes";
import { readError } from "../../lib/errors";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import type { AppNotice } from "../../platform";
import styles from "./NoticeBar.module.css";

/** Where services are reached is worth a line, and no more; the rest happened to what the person owns. */
const QUIET: ReadonlySet<AppNotice["kind"]> = new Set(["environment_address", "system_proxy", "library_moved"]);

function words(notice: AppNotice): ReactNode {
  switch (notice.kind) {
    case "library_rebuilt":
      return t("notices.rebuilt", {
        runs: t("notices.rebuiltRuns", { count: notice.runs, formatted: formatCount(notice.runs) }),
        files: t("notices.rebuiltFiles", { count: notice.files, formatted: formatCount(notice.files) }),
        dir: notice.damaged_dir,
      });
    case "library_moved":
      return t("notices.moved", { dir: notice.dir });
    case "library_not_moved": {
      const { title, detail } = readError(notice.error);
      return (
        <>
          {t("notices.notMoved", { reason: detail ?? title })}{" "}
          <Link className={styles.link} href={paths.settings("library")}>
            {t("notices.openLibrary")}
          </Link>
        </>
      );
    }
    case "environment_address":
      return t("notices.environmentAddress", { url: notice.api_url });
    case "system_proxy":
      return t("notices.systemProxy", { host: notice.host });
    default:
      return notice satisfies never;
  }
}

/** What the person should know once, in slim lines above the page. */
export function NoticeBar({ notices }: { notices: readonly AppNotice[] }) {
  const dismiss = useDismissNotice();
  if (notices.length === 0) return null;
  return (
    <section className={styles.bar} aria-label={t("notices.label")} data-testid="notices">
      {notices.map((notice) => (
        <div key={notice.kind} className={classes(styles.notice, !QUIET.has(notice.kind) && styles.loud)} role="status" data-testid={`notice-${notice.kind}`}>
          <Icon name={QUIET.has(notice.kind) ? "info" : "alert"} size={14} />
          <p className={styles.words}>{words(notice)}</p>
          <IconButton size="small" icon="close" label={t("notices.dismiss")} disabled={dismiss.isPending} onClick={() => dismiss.mutate(notice.kind)} data-testid={`notice-dismiss-${notice.kind}`} />
        </div>
      ))}
    </section>
  );
}
