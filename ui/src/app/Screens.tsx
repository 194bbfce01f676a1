import { type ReactNode, useEffect, useRef } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";

import { EmptyState } from "../components/Feedback";
import { LibraryPage } from "../features/library/LibraryPage";
import { ModelForm } from "../features/model/ModelForm";
import { ModelPage } from "../features/model/ModelPage";
import { ModelsPage } from "../features/models/ModelsPage";
import { RunPage } from "../features/run/RunPage";
import { RunPanel } from "../features/run/RunPanel";
import { RunsPage } from "../features/runs/RunsPage";
import { isSettingsPage, SettingsPage } from "../features/settings/SettingsPage";
import { SessionPage } from "../features/voice/SessionPage";
import { SessionsPage } from "../features/voice/SessionsPage";
import { type FormOf, SetupPage } from "../features/voice/SetupPage";
import { VoicePage } from "../features/voice/VoicePage";
import { t } from "../lib/i18n";
import { paths } from "../lib/paths";
import type { AppState } from "../platform";

function focusHeading(main: Element): boolean {
  const heading = main.querySelector<HTMLElement>("h1");
  if (heading === null) return false;
  // A heading takes no focus by itself.
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  return true;
}

/** A new page begins with the focus in it, so that a keyboard or a screen reader does not start over at the sidebar. */
function useFocusOnPage(): void {
  const [location] = useLocation();
  const last = useRef(location);
  useEffect(() => {
    if (last.current === location) return undefined;
    last.current = location;
    const main = document.querySelector("main");
    if (main === null || focusHeading(main)) return undefined;
    // A page that is still loading has no heading yet; the focus goes on to it unless the person went elsewhere.
    main.focus({ preventScroll: true });
    const observer = new MutationObserver(() => {
      if (document.activeElement !== main || focusHeading(main)) observer.disconnect();
    });
    observer.observe(main, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, [location]);
}

function runPanel(runId: string): ReactNode {
  return <RunPanel key={runId} runId={runId} />;
}

const modelForm: FormOf = (props) => <ModelForm {...props} />;

function Nowhere() {
  return <EmptyState icon="search" title={t("common.notFoundTitle")} body={t("common.notFoundBody")} />;
}

/** Where pages of different features are put together; a feature never knows another. */
export function Screens({ state }: { state: AppState }) {
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
      <Route path="/voice">
        <VoicePage />
      </Route>
      <Route path="/voice/with/:owner/:project">
        {({ owner, project }) => <SetupPage model={`${owner}/${project}`} form={modelForm} />}
      </Route>
      <Route path="/voice/sessions">
        <SessionsPage />
      </Route>
      <Route path="/voice/sessions/:id">{({ id }) => <SessionPage runId={id} />}</Route>
      <Route path="/settings">
        <Redirect to={paths.settings()} replace />
      </Route>
      <Route path="/settings/:page/:part?">
        {({ page, part }) => (isSettingsPage(page) ? <SettingsPage page={page} part={part ?? null} state={state} /> : <Nowhere />)}
      </Route>
      <Route>
        <Nowhere />
      </Route>
    </Switch>
  );
}
