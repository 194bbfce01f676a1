import { type ComponentProps, type RefObject, useState } from "react";

import { classes } from "../lib/classes";
import { t } from "../lib/i18n";
import { IconButton } from "./Button";
import inputStyles from "./TextInput.module.css";
import styles from "./SecretInput.module.css";

interface SecretInputProps extends Omit<ComponentProps<"input">, "type" | "value" | "defaultValue" | "ref"> {
  ref: RefObject<HTMLInputElement | null>;
}

/**
 * A field for a key or a password. What is typed stays in the element alone: never in React's state and never in the
 * document, where a controlled field would mirror it. Whoever owns the form reads it once and empties it.
 */
export function SecretInput({ ref, className, ...rest }: SecretInputProps) {
  const [shown, setShown] = useState(false);
  return (
    <span className={styles.wrap}>
      <input
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        {...rest}
        ref={ref}
        type={shown ? "text" : "password"}
        className={classes(inputStyles.input, styles.input, className)}
      />
      <IconButton
        className={styles.reveal}
        size="small"
        icon={shown ? "hide" : "reveal"}
        label={shown ? t("common.hideSecret") : t("common.showSecret")}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
      />
    </span>
  );
}
