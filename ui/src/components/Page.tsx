import type { ReactNode } from "react";

import styles from "./Page.module.css";

interface PageProps {
  title: string;
  /** A line under the title, such as a count. */
  note?: ReactNode;
  /** Controls at the far end of the title. */
  tools?: ReactNode;
  children: ReactNode;
}

/** A page with its heading; the focus lands on the heading when the page opens. Something inside it scrolls. */
export function Page({ title, note, tools, children }: PageProps) {
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <div className={styles.titleRow}>
          <div className={styles.title}>
            <h1>{title}</h1>
            {note !== undefined && <div className={styles.note}>{note}</div>}
          </div>
          {tools !== undefined && <div className={styles.tools}>{tools}</div>}
        </div>
      </header>
      {children}
    </div>
  );
}
