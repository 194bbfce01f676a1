import { useRef } from "react";

import { LiveRegion } from "../components/LiveRegion";
import { DropChooser } from "../features/drop/DropChooser";
import { DropOverlay } from "../features/drop/DropOverlay";
import { NoticeBar } from "../features/notices/NoticeBar";
import { StatusStrip } from "../features/status/StatusStrip";
import { t } from "../lib/i18n";
import type { AppState } from "../platform";
import styles from "./App.module.css";
import { RunNotices } from "./RunNotices";
import { Screens } from "./Screens";
import { Sidebar } from "./Sidebar";

/** The frame around every page: sections at the side, status along the bottom. */
export function Frame({ state, logo }: { state: AppState; logo: string }) {
  const main = useRef<HTMLElement>(null);
  return (
    <div className={styles.frame}>
      <button type="button" className={styles.skip} onClick={() => main.current?.focus()}>
        {t("nav.skip")}
      </button>
      <Sidebar logo={logo} />
      <main ref={main} className={styles.main} tabIndex={-1}>
        <NoticeBar notices={state.notices} />
        <DropChooser />
        <div className={styles.screen}>
          <Screens state={state} />
        </div>
      </main>
      <StatusStrip state={state} />
      <DropOverlay />
      <LiveRegion />
      <RunNotices />
    </div>
  );
}
