import { Menu as Base } from "@base-ui/react/menu";
import type { ReactNode } from "react";

import { Icon } from "./Icon";
import styles from "./Menu.module.css";

export interface MenuChoice {
  id: string;
  label: string;
  note: string;
}

interface ChoiceMenuProps {
  label: string;
  choices: readonly MenuChoice[];
  chosen: string | null;
  open: boolean;
  onOpen: (open: boolean) => void;
  onChoose: (id: string) => void;
  children: ReactNode;
  testId?: string;
}

/** A button with a menu of which one entry holds. */
export function ChoiceMenu({ label, choices, chosen, open, onOpen, onChoose, children, testId }: ChoiceMenuProps) {
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
                    {choice.label}
                    <small>{choice.note}</small>
                  </span>
                </Base.RadioItem>
              ))}
            </Base.RadioGroup>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
