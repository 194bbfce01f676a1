import { Menu as Base } from "@base-ui/react/menu";
import type { ReactNode } from "react";

import { classes } from "../lib/classes";
import { IconButton } from "./Button";
import { Icon, type IconName } from "./Icon";
import styles from "./Menu.module.css";

export interface MenuChoice {
  id: string;
  label: string;
  note: string;
  /** Something stands in its way; the note says what. */
  troubled?: boolean;
}

export interface MenuAction {
  id: string;
  label: string;
  icon?: IconName;
  danger?: boolean;
  run: () => void;
}

function Actions({ actions }: { actions: readonly MenuAction[] }) {
  return actions.map((action) => (
    <Base.Item key={action.id} className={classes(styles.item, action.danger === true && styles.danger)} onClick={action.run} data-testid={`menu-${action.id}`}>
      {action.icon === undefined ? <span /> : <Icon name={action.icon} size={14} />}
      <span className={styles.words}>{action.label}</span>
    </Base.Item>
  ));
}

interface ChoiceMenuProps {
  label: string;
  choices: readonly MenuChoice[];
  chosen: string | null;
  open: boolean;
  onOpen: (open: boolean) => void;
  onChoose: (id: string) => void;
  /** Entries below the choices. */
  more?: readonly MenuAction[];
  children: ReactNode;
  testId?: string;
}

/** A button with a menu of which one entry holds. */
export function ChoiceMenu({ label, choices, chosen, open, onOpen, onChoose, more, children, testId }: ChoiceMenuProps) {
  return (
    <Base.Root modal={false} open={open} onOpenChange={onOpen}>
      <Base.Trigger className={styles.trigger} aria-label={label} data-testid={testId}>
        {children}
        <Icon name="updown" size={14} />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className={styles.positioner} side="top" align="start" sideOffset={6}>
          <Base.Popup className={styles.popup}>
            <Base.RadioGroup value={chosen} onValueChange={(id) => onChoose(String(id))}>
              {choices.map((choice) => (
                <Base.RadioItem key={choice.id} value={choice.id} className={styles.item} closeOnClick>
                  <Base.RadioItemIndicator className={styles.indicator}>
                    <Icon name="check" size={14} />
                  </Base.RadioItemIndicator>
                  <span className={styles.words}>
                    <span>{choice.label}</span>
                    <small className={choice.troubled === true ? styles.troubled : undefined}>
                      {choice.troubled === true && <Icon name="alert" size={14} />}
                      {choice.note}
                    </small>
                  </span>
                </Base.RadioItem>
              ))}
            </Base.RadioGroup>
            {more !== undefined && (
              <>
                <Base.Separator className={styles.separator} />
                <Actions actions={more} />
              </>
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

interface ActionMenuProps {
  label: string;
  /** None while they are not known yet. */
  actions: readonly MenuAction[] | null;
  /** Said instead of actions: that they are on their way, or that there are none. */
  empty: string;
  open: boolean;
  onOpen: (open: boolean) => void;
  /** The id of the button. */
  id?: string;
  testId?: string;
}

/** A small button with a menu of things to do. */
export function ActionMenu({ label, actions, empty, open, onOpen, id, testId }: ActionMenuProps) {
  return (
    <Base.Root modal={false} open={open} onOpenChange={onOpen}>
      <Base.Trigger id={id} render={<IconButton icon="more" label={label} size="small" />} data-testid={testId} />
      <Base.Portal>
        <Base.Positioner className={styles.positioner} side="bottom" align="end" sideOffset={4}>
          <Base.Popup className={classes(styles.popup, styles.narrow)}>
            {actions === null || actions.length === 0 ? <p className={styles.empty}>{empty}</p> : <Actions actions={actions} />}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
