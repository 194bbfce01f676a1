import { Button } from "../../components/Button";
import { ErrorNote, Skeleton } from "../../components/Feedback";
import { useLibraryInfo, useLibraryMove } from "../../data/settings";
import { formatBytes, formatCount } from "../../lib/format";
import { t } from "../../lib/i18n";
import type { LibraryInfo, LibraryMove } from "../../platform";
import styles from "./LibrarySettings.module.css";
import { Group, Row } from "./Rows";

interface PlanProps {
  plan: LibraryMove;
  busy: boolean;
  onMove: () => void;
  onCancel: () => void;
}

/** What moving to the folder means, and the last word on it. */
function Plan({ plan, busy, onMove, onCancel }: PlanProps) {
  const size = formatBytes(plan.bytes);
  return (
    <div className={styles.plan} role="group" aria-label={t("settings.library.planTitle")} data-testid="library-move-plan">
      <p>
        {t("settings.library.planTo")} <span className={styles.path}>{plan.to}</span>
      </p>
      <p className={styles.quiet}>{t(plan.is_same_disk ? "settings.library.planSameDisk" : "settings.library.planCopy", { size })}</p>
      <div className={styles.actions}>
        <Button variant="primary" disabled={busy} onClick={onMove} data-testid="library-move-confirm">
          {t(busy ? "settings.library.moving" : "settings.library.confirm")}
        </Button>
        <Button variant="quiet" disabled={busy} onClick={onCancel}>
          {t("settings.cancel")}
        </Button>
      </div>
    </div>
  );
}

function Folder({ info }: { info: LibraryInfo }) {
  const { pick, move } = useLibraryMove();
  const plan = pick.data ?? null;
  const choose = (): void => {
    move.reset();
    pick.mutate();
  };
  const error = pick.error ?? move.error ?? plan?.problem ?? null;
  return (
    <Row
      label={t("settings.library.folder")}
      help={
        <>
          <span className={styles.path} data-testid="library-dir">
            {info.dir}
          </span>
          {info.is_fixed && <p>{t("settings.library.fixed")}</p>}
        </>
      }
      below={
        <>
          {plan !== null && plan.problem === null && move.error === null && (
            <Plan plan={plan} busy={move.isPending || move.isSuccess} onMove={() => move.mutate()} onCancel={() => pick.reset()} />
          )}
          {error !== null && (
            <>
              {plan !== null && <p className={styles.path}>{plan.to}</p>}
              <ErrorNote error={error} testId="library-move-problem" actions={{ choose_folder: choose, retry: choose }} />
            </>
          )}
        </>
      }
    >
      {() =>
        !info.is_fixed && (
          <Button icon="folder" disabled={pick.isPending || move.isPending || move.isSuccess} onClick={choose} data-testid="library-move">
            {t("settings.library.move")}
          </Button>
        )
      }
    </Row>
  );
}

export function LibrarySettings() {
  const info = useLibraryInfo();
  if (info.data === undefined) {
    if (info.error !== null) return <ErrorNote error={info.error} actions={{ retry: () => void info.refetch() }} />;
    return (
      <div role="group" aria-busy="true" aria-label={t("settings.library.loading")}>
        <Skeleton height={168} />
      </div>
    );
  }
  const { bytes, free_bytes: free, runs, outputs } = info.data;
  const counts = [
    t("runs.count", { count: runs, formatted: formatCount(runs) }),
    t("library.count", { count: outputs, formatted: formatCount(outputs) }),
  ].join(", ");
  return (
    <Group>
      <Folder info={info.data} />
      <Row label={t("settings.library.size")} help={counts}>
        {() => <span className={styles.figure}>{formatBytes(bytes)}</span>}
      </Row>
      <Row label={t("settings.library.free")} help={t("settings.library.freeHelp")}>
        {() => <span className={styles.figure}>{free === null ? t("settings.library.freeUnknown") : formatBytes(free)}</span>}
      </Row>
    </Group>
  );
}
