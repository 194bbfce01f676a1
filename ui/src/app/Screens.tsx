import { type ReactNode, useEffect, useRef } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";

import { EmptyState } from "../components/Feedback";
import { LibraryPage } from "../features/library/LibraryPage";
import { ModelPage } from "../features/model/ModelPage";
import { ModelsPage } from "../features/models/ModelsPage";
import { RunPage } from "../features/run/RunPage";
import { RunPanel } from "../features/run/RunPanel";
import { RunsPage } from "../features/runs/RunsPage";
import { t } from "../lib/i18n";
import { paths } from "../lib/paths";

/** A new page begins with the focus in it, so that a keyboard or a screen reader does not start over at the sidebar. */
function useFocusOnPage(): void {
  const [location] = useLocation();
  const last = useRef(location);
  useEffect(() => {
    if (last.current === location) return;
    last.current = location;
    document.querySelector("main")?.focus({ preventScroll: true });
  }, [location]);
}

function runPanel(runId: string): ReactNode {
  return <RunPanel key={runId} runId={runId} />;
}

/** Where pages of different features are put together; a feature never knows another. */
export function Screens() {
  useFocusOnPage();
  return (
    <Switch>
      <Route path="/">
        <Redirect to={paths.models} replace />
      </Route>
      <Route path="/models">
        <ModelsPage />
      </Route>
      <Route path="/models/:owner/:project">
        {({ owner, project }) => <ModelPage model={`${owner}/${project}`} panel={runPanel} />}
      </Route>
      <Route path="/runs">
        <RunsPage />
      </Route>
      <Route path="/runs/:id">{({ id }) => <RunPage runId={id} />}</Route>
      <Route path="/library">
        <LibraryPage />
      </Route>
      <Route>
        <EmptyState icon="search" title={t("common.notFoundTitle")} body={t("common.notFoundBody")} />
      </Route>
    </Switch>
  );
}
