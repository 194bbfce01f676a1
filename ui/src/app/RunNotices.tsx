import { useEffect, useRef } from "react";
import { useLocation } from "wouter";

import { notify } from "../components/Toaster";
import { latestRuns } from "../data/latest-runs";
import { usePlatform } from "../data/platform-context";
import { useActiveRuns } from "../data/runs";
import { voiceSession } from "../data/voice-live";
import { type MessageKey, t } from "../lib/i18n";
import { paths } from "../lib/paths";
import { isActive, lostOutputs } from "../lib/run-words";
import type { RunDetail, RunState, RunSummary } from "../platform";

const ENDED: Partial<Record<RunState, MessageKey>> = {
  succeeded: "toast.finished",
  failed: "toast.failed",
  refused: "toast.failed",
  unconfirmed: "toast.unconfirmed",
  not_sent: "toast.notSent",
  cancelled: "toast.cancelled",
};

function words(detail: RunDetail): string | null {
  const { state, title } = detail.summary;
  const lost = lostOutputs(detail);
  if (state === "succeeded" && lost > 0) return t("toast.finishedLost", { title, count: lost });
  const key = ENDED[state];
  return key === undefined ? null : t(key, { title });
}

/** Whether the page that is open shows this run already. */
function isShown(run: Pick<RunSummary, "id" | "model">, location: string): boolean {
  if (location === paths.runs || location === paths.run(run.id)) return true;
  // A voice session is a run as well; the strip tells of its end.
  if (voiceSession.get()?.state.run_id === run.id) return true;
  return location === paths.model(run.model) && latestRuns.get()[run.model] === run.id;
}

/** Says that a run ended to a person who is looking elsewhere. */
export function RunNotices() {
  const platform = usePlatform();
  const [location, navigate] = useLocation();
  const active = useActiveRuns().data;
  const watched = useRef(new Set<string>());
  const here = useRef(location);
  useEffect(() => {
    here.current = location;
  }, [location]);
  useEffect(() => {
    if (active === undefined) return;
    const now = new Set(active.runs.map((run) => run.id));
    const gone = [...watched.current].filter((id) => !now.has(id));
    watched.current = now;
    for (const id of gone) {
      platform
        .runShow(id)
        .then((detail) => {
          const { summary } = detail;
          // It only does not fit into the list any more: newer runs pushed it out.
          if (isActive(summary.state)) watched.current.add(id);
          const title = words(detail);
          if (title === null || isShown(summary, here.current)) return undefined;
          return notify({ title, action: { label: t("toast.show"), run: () => navigate(paths.run(id)) } });
        })
        // A run that cannot be read has nothing to tell; the runs page shows the error.
        .catch(() => undefined);
    }
  }, [active, platform, navigate]);
  return null;
}
