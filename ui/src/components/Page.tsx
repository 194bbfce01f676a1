import type { ReactNode } from "react";

import { classes } from "../lib/classes";
import styles from "./Page.module.css";

interface PageProps {
  title: string;
  /** A line under the title, such as a count. */
  note?: ReactNode;
  /** Controls at the far end of the title. */
  tools?: ReactNode;
  before?: ReactNode;
  children: ReactNode;
  /** The page scrolls as a whole; otherwise something inside it does. */
  scrolls?: boolean;
}

/** A page with its heading; focus lands on the heading when it opens. */
export function Page({ title, note, tools, before, children, scrolls = false }: PageProps) {
  return (
    <div className={classes(styles.page, scrolls && styles.scrolls)}>
      <header className={styles.header}>
        {before}
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
