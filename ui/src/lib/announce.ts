import { createStore } from "./store";

interface Announcement {
  id: number;
  text: string;
}

/** What the live region of the window says next. */
export const announcements = createStore<Announcement>({ id: 0, text: "" });

export function announce(text: string): void {
  announcements.set((current) => ({ id: current.id + 1, text }));
}
