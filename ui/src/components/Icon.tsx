import { classes } from "../lib/classes";
import styles from "./Icon.module.css";

const PATHS = {
  models: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z",
  runs: "M5 12h4l2.5-7 3.5 14 2.5-7H21",
  library: "M4 5.5h16v13H4zM4 15l4.5-4.5 4 4L15 12l5 4.5M15.5 9h.01",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20",
  close: "M6 6l12 12M18 6 6 18",
  check: "M5 12.5l4.5 4.5L19 7.5",
  chevron: "M7 10l5 5 5-5",
  updown: "M8 10l4-4 4 4M8 14l4 4 4-4",
  left: "M14.5 6l-6 6 6 6",
  right: "M9.5 6l6 6-6 6",
  up: "M6 14.5l6-6 6 6",
  file: "M7 3.5h7l4 4v13H7zM14 3.5v4h4",
  audio: "M9 18V6l9-2v12M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM18 16a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z",
  video: "M4 6h11v12H4zM15 10.5l5-3v9l-5-3",
  model3d: "M12 3.5l7.5 4.2v8.6L12 20.5l-7.5-4.2V7.7zM4.5 7.7 12 12l7.5-4.3M12 12v8.5",
  text: "M6 5h12M6 9.7h12M6 14.3h12M6 19h7",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3A4 4 0 0 0 11 18.700l1-1",
  plus: "M12 5v14M5 12h14",
  upload: "M12 16V5M7.5 9.500 12 5l4.500 4.500M5 19h14",
  alert: "M12 4 2.800 19.500h18.400zM12 10v4.500M12 17h.01",
  info: "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM12 11v5M12 8h.01",
  folder: "M3.500 6h6l2 2.500h9V18.500h-17z",
  external: "M14 5h5v5M19 5l-8 8M17 13.500V19H5V7h5.500",
  play: "M8 5.500v13l10.500-6.500z",
  reset: "M5 12a7 7 0 1 0 2-4.900L5 9M5 4.500V9h4.500",
  clock: "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM12 7.500V12l3 2",
  shield: "M12 3.500l7 2.500v5.500c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6z",
  key: "M14.500 13a4.500 4.500 0 1 0-4.300-3.200L4 16v4h4v-2.500h2.500V15l2-2.200M15.500 8.500h.01",
  settings: "M4 7.500h8M18 7.500h2M4 16.500h2M12 16.500h8M15 10a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM9 19a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  palette: "M12 3.500a8.500 8.500 0 0 0 0 17c1.600 0 2-1 1.600-2-.6-1.500.2-2.700 1.900-2.700h2c1.800 0 3-1.200 3-3.300 0-5-3.800-9-8.500-9zM7.500 12h.01M9.500 8h.01M14.500 8h.01",
  network: "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM3.700 12h16.600M12 3.500c2.300 2.300 3.400 5.200 3.400 8.500s-1.100 6.200-3.400 8.500c-2.300-2.300-3.400-5.200-3.400-8.500s1.100-6.200 3.400-8.500z",
  bell: "M6.500 16.500V11a5.500 5.500 0 0 1 11 0v5.500l1.500 2H5zM10 20.500h4",
  more: "M5.500 12h.01M12 12h.01M18.500 12h.01",
  reveal: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 14.800a2.800 2.800 0 1 0 0-5.600 2.800 2.800 0 0 0 0 5.600z",
  hide: "M4 4l16 16M9.900 5.800A9 9 0 0 1 12 5.500c6 0 9.500 6.500 9.500 6.500a17 17 0 0 1-2.800 3.600M6.600 7.200A16.600 16.600 0 0 0 2.500 12S6 18.500 12 18.500c1.700 0 3.200-.5 4.500-1.200M10 10a2.800 2.800 0 0 0 4 4",
  stop: "M7 7h10v10H7z",
  trash: "M5 7h14M10 7V4.500h4V7M7 7l.8 12.500h8.400L17 7M10.500 10.500v5.500M13.500 10.500v5.500",
} as const;

export type IconName = keyof typeof PATHS;

interface IconProps {
  name: IconName;
  size?: 14 | 16 | 20 | 24 | 32;
  className?: string | undefined;
}

/** A line drawing beside words; never the only carrier of a meaning. */
export function Icon({ name, size = 16, className }: IconProps) {
  return (
    <svg className={classes(styles.icon, className)} width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
