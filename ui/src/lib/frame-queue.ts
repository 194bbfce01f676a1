/** Runs `flush` at most once per animation frame, however often it is asked. */
export function frameQueue(flush: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      flush();
    });
  };
}
