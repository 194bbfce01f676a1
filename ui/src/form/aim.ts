/** The id of the file field under a point of the window. */
export function aimedField(x: number, y: number): string | null {
  for (const element of document.querySelectorAll<HTMLElement>("[data-file-field]")) {
    const box = element.getBoundingClientRect();
    if (x >= box.left && x <= box.right && y >= box.top && y <= box.bottom) return element.dataset["fileField"] ?? null;
  }
  return null;
}

/**
 * Marks the field that would take what is being dragged. Sixty times a second is too often for React: the mark goes
 * straight on the element.
 */
export function markAimed(id: string | null): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-file-field]")) {
    element.toggleAttribute("data-aimed", id !== null && element.dataset["fileField"] === id);
  }
}
