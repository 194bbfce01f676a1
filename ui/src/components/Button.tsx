import { type ComponentProps, type ReactNode } from "react";

import { classes } from "../lib/classes";
import styles from "./Button.module.css";
import { Icon, type IconName } from "./Icon";

type Variant = "primary" | "secondary" | "quiet" | "danger";

interface ButtonProps extends Omit<ComponentProps<"button">, "type"> {
  variant?: Variant;
  icon?: IconName;
  size?: "small" | "medium" | "large";
  /** Sends the form it stands in. */
  submit?: boolean;
  children: ReactNode;
}

export function Button({ variant = "secondary", size = "medium", icon, submit = false, className, children, ...rest }: ButtonProps) {
  return (
    <button type={submit ? "submit" : "button"} {...rest} className={classes(styles.button, styles[variant], styles[size], className)}>
      {icon !== undefined && <Icon name={icon} size={size === "small" ? 14 : 16} />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ComponentProps<"button">, "type" | "children" | "aria-label"> {
  icon: IconName;
  label: string;
  variant?: Variant;
  size?: "small" | "medium";
}

/** A button that shows only a drawing; its label is spoken and shown on hover. */
export function IconButton({ icon, label, variant = "quiet", size = "medium", className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      title={label}
      {...rest}
      aria-label={label}
      className={classes(styles.button, styles.square, styles[variant], styles[size], className)}
    >
      <Icon name={icon} size={size === "small" ? 14 : 16} />
    </button>
  );
}
