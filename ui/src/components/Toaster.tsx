import { Toast } from "@base-ui/react/toast";

import { t } from "../lib/i18n";
import { IconButton } from "./Button";
import styles from "./Toaster.module.css";

const manager = Toast.createToastManager();

interface Notice {
  title: string;
  body?: string;
  action?: { label: string; run(): void };
}

/** A notice in the corner, for what happens away from where the person looks. */
export function notify({ title, body, action }: Notice): void {
  const id = manager.add({
    title,
    ...(body === undefined ? {} : { description: body }),
    ...(action === undefined
      ? {}
      : {
          actionProps: {
            children: action.label,
            onClick: () => {
              action.run();
              manager.close(id);
            },
          },
        }),
  });
}

function Notices() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className={styles.toast} swipeDirection={[]}>
      <Toast.Content className={styles.content}>
        <div className={styles.words}>
          <Toast.Title className={styles.title} />
          <Toast.Description className={styles.body} />
        </div>
        {toast.actionProps !== undefined && <Toast.Action className={styles.action} />}
        <Toast.Close render={<IconButton icon="close" size="small" label={t("toast.close")} />} />
      </Toast.Content>
    </Toast.Root>
  ));
}

export function Toaster() {
  return (
    <Toast.Provider toastManager={manager} timeout={6000} limit={3}>
      <Toast.Portal>
        <Toast.Viewport className={styles.viewport} aria-label={t("toast.region")}>
          <Notices />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}
