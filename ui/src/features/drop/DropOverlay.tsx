import { Icon } from "../../components/Icon";
import { drops } from "../../data/drops";
import { t } from "../../lib/i18n";
import { useStoreValue } from "../../lib/store";
import styles from "./Drop.module.css";

/** Over the whole window while files are held above it. It lets the page shine through, so that fields can be aimed at. */
export function DropOverlay() {
  // Only what is shown is taken out of the store: a move of the pointer alone draws nothing anew.
  const active = useStoreValue(drops.store, (state) => state.hover !== null);
  const count = useStoreValue(drops.store, (state) => state.hover?.count ?? 0);
  const taken = useStoreValue(drops.store, ({ target }) => target !== null);
  const label = useStoreValue(drops.store, ({ aimed }) => aimed?.aim?.label ?? null);
  if (!active) return null;
  return (
    <div className={styles.overlay} data-testid="drop-overlay" role="status">
      <div className={styles.card}>
        <Icon name="upload" size={20} />
        <div>
          <p className={styles.what}>{label !== null ? t("drop.intoField", { label }) : t(taken ? "drop.intoForm" : "drop.anywhere")}</p>
          {count > 0 && <p className={styles.count}>{t("drop.count", { count })}</p>}
        </div>
      </div>
    </div>
  );
}
