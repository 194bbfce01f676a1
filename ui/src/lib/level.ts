/** Below this nothing is shown. */
const FLOOR_DBFS = -60;

/** A loudness in dB of full scale as a share of a meter, 0 to 1. */
export function levelShare(dbfs: number | null): number {
  if (dbfs === null) return 0;
  return Math.min(1, Math.max(0, 1 - dbfs / FLOOR_DBFS));
}
