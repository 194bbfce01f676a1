import { useEffect, useRef } from "react";
import { useLocation } from "wouter";

import { notify } from "../components/Toaster";
import { latestRuns } from "../data/latest-runs";
import { usePlatform } from "../data/platform-context";
import { useActiveRuns } from "../data/runs";
import { type MessageKey, t } from "../lib/i18n";
import { paths } from "../lib/paths";
import type { RunState, RunSummary } from "../platform";

const ENDED: Partial<Record<RunState, MessageKey>> = {
  succeeded: "toast.finished",
  failed: "toast.failed",
  refused: "toast.failed",
  unconfirmed: "toast.unconfirmed",
};

/** Whether the page that is open shows this run already. */
function isShown(run: Pick<RunSummary, "id" | "model">, location: string): boolean {
  if (location === paths.runs || location === paths.run(run.id)) return true;
  return location === paths.model(run.model) && latestRuns.get()[run.model] === run.id;
}

/** Says that a run ended to a person who is looking elsewhere. */
export function RunNotices() {
  const platform = usePlatform();
  const [location, navigate] = useLocation();
  const active = useActiveRuns().data;
  const before = useRef<readonly string[]>([]);
  const here = useRef(location);
  useEffect(() => {
    here.current = location;
  }, [location]);
  useEffect(() => {
    if (active === undefined) return;
    const now = active.runs.map((run) => run.id);
    const ended = before.current.filter((id) => !now.includes(id));
    before.current = now;
    for (const id of ended) {
      platform
        .runShow(id)
        .then(({ summary }) => {
          const words = ENDED[summary.state];
          if (words === undefined || isShown(summary, here.current)) return undefined;
          return notify({ title: t(words, { title: summary.title }), action: { label: t("toast.show"), run: () => navigate(paths.run(id)) } });
        })
        // A run that cannot be read has nothing to tell; the runs page shows the error.
        .catch(() => undefined);
    }
  }, [active, platform, navigate]);
  return null;
}
