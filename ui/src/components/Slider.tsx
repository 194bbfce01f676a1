import { Slider as Base } from "@base-ui/react/slider";

import styles from "./Slider.module.css";

interface SliderProps {
  label: string;
  describedBy?: string | undefined;
  min: number;
  max: number;
  step: number;
  value: number;
  onValue: (value: number) => void;
}

export function Slider({ label, describedBy, min, max, step, value, onValue }: SliderProps) {
  return (
    <Base.Root
      className={styles.root}
      min={min}
      max={max}
      step={step}
      value={value}
      onValueChange={(next) => {
        if (typeof next === "number") onValue(next);
      }}
    >
      <Base.Control className={styles.control}>
        <Base.Track className={styles.track}>
          <Base.Indicator className={styles.indicator} />
          <Base.Thumb className={styles.thumb} aria-label={label} aria-describedby={describedBy} />
        </Base.Track>
      </Base.Control>
    </Base.Root>
  );
}
