import { useState } from "react";

import { Button } from "../../components/Button";
import { ErrorNote } from "../../components/Feedback";
import { useDiagnostics, useOpenLink } from "../../data/settings";
import { announce } from "../../lib/announce";
import { t } from "../../lib/i18n";
import styles from "./AboutSettings.module.css";
import { Group, Row } from "./Rows";

/** What would be copied, before it is. */
function Diagnostics({ onClose }: { onClose: () => void }) {
  const { text, copy } = useDiagnostics();
  const error = text.error ?? copy.error;
  return (
    <div className={styles.diagnostics} data-testid="diagnostics">
      {text.data !== undefined && <textarea className={styles.text} readOnly rows={text.data.split("\n").length + 1} aria-label={t("settings.about.diagnostics")} value={text.data} data-testid="diagnostics-text" />}
      <div className={styles.actions}>
        <Button
          variant="primary"
          disabled={text.data === undefined || copy.isPending}
          onClick={() => copy.mutate(undefined, { onSuccess: () => announce(t("common.copied")) })}
          data-testid="diagnostics-copy"
        >
          {copy.isSuccess ? t("common.copied") : t("settings.about.copy")}
        </Button>
        <Button variant="quiet" onClick={onClose}>
          {t("settings.close")}
        </Button>
      </div>
      {error !== null && <ErrorNote error={error} actions={{ retry: () => (text.isError ? void text.refetch() : copy.mutate()) }} />}
    </div>
  );
}

export function AboutSettings({ version }: { version: string }) {
  const [shown, setShown] = useState(false);
  const { logs } = useDiagnostics();
  const link = useOpenLink();
  return (
    <>
      <Group>
        <Row label={t("app.name")} help={t("strip.version", { version })} />
        <Row label={t("settings.about.unofficial")} help={t("settings.about.unofficialHelp")} />
        <Row label={t("settings.about.licence")} help={t("settings.about.licenceHelp")} />
        <Row label={t("settings.about.links")} error={link.error}>
          {() => (
            <>
              <Button icon="external" onClick={() => link.mutate("website")} data-testid="link-website">
                {t("settings.about.website")}
              </Button>
              <Button icon="external" onClick={() => link.mutate("docs")} data-testid="link-docs">
                {t("settings.about.docs")}
              </Button>
            </>
          )}
        </Row>
      </Group>
      <Group title={t("settings.about.help")}>
        <Row
          label={t("settings.about.diagnostics")}
          help={t("settings.about.diagnosticsHelp")}
          below={shown && <Diagnostics onClose={() => setShown(false)} />}
        >
          {() =>
            !shown && (
              <Button onClick={() => setShown(true)} data-testid="diagnostics-show">
                {t("settings.about.diagnosticsShow")}
              </Button>
            )
          }
        </Row>
        <Row label={t("settings.about.logs")} help={t("settings.about.logsHelp")} error={logs.error}>
          {() => (
            <Button icon="folder" onClick={() => logs.mutate()} data-testid="logs-reveal">
              {t("settings.about.logsShow")}
            </Button>
          )}
        </Row>
      </Group>
    </>
  );
}
