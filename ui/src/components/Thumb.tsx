import { useState } from "react";

import { classes } from "../lib/classes";
import { Icon, type IconName } from "./Icon";
import styles from "./Thumb.module.css";

/** The drawing that stands for a type of file. */
export function typeIcon(contentType: string): IconName {
  const family = contentType.split("/", 1)[0];
  switch (family) {
    case "image":
      return "library";
    case "audio":
      return "audio";
    case "video":
      return "video";
    case "model":
      return "model3d";
    case "text":
      return "text";
    default:
      return contentType.includes("json") ? "text" : "file";
  }
}

interface ThumbProps {
  contentType: string;
  /** Address of the picture; none for what has no face. */
  src: string | null;
  fit?: "cover" | "contain";
  className?: string | undefined;
}

/** A small picture of a file, or the drawing of its type. What it shows is named by the words beside it. */
export function Thumb({ contentType, src, fit = "cover", className }: ThumbProps) {
  const [broken, setBroken] = useState<string | null>(null);
  const shown = src !== null && src !== "" && broken !== src;
  return (
    <span className={classes(styles.thumb, styles[fit], className)}>
      {shown ? (
        <img src={src} alt="" loading="lazy" decoding="async" draggable={false} onError={() => setBroken(src)} />
      ) : (
        <Icon name={typeIcon(contentType)} size={20} />
      )}
    </span>
  );
}
