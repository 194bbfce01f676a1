import { createStore } from "../lib/store";
import type { DragHovered, FilesDropped, StagedFile } from "../platform";

/** Where dropped files go while a page that takes them is open. */
export interface DropTarget {
  /** Takes the files; the point is where they were let go. */
  take: (files: StagedFile[], x: number, y: number) => void;
  /** The label of the field that would take them at this point; `null` when none would. */
  aim: (x: number, y: number) => string | null;
}

export interface DropState {
  hover: DragHovered | null;
  target: DropTarget | null;
  /** Files no page took; the chooser shows them. */
  waiting: StagedFile[];
}

const state = createStore<DropState>({ hover: null, target: null, waiting: [] });

export const drops = {
  store: state,
  register(target: DropTarget): () => void {
    state.set((current) => ({ ...current, target }));
    return () => state.set((current) => (current.target === target ? { ...current, target: null } : current));
  },
  hover(hovered: DragHovered): void {
    state.set((current) => {
      if (!hovered.active) return { ...current, hover: null };
      // The count is told when files enter the window, not while they move over it.
      return { ...current, hover: { ...hovered, count: hovered.count || (current.hover?.count ?? 0) } };
    });
  },
  drop({ files, x, y }: FilesDropped): void {
    const { target } = state.get();
    state.set((current) => ({ ...current, hover: null }));
    if (files.length === 0) return;
    if (target === null) state.set((current) => ({ ...current, waiting: files }));
    else target.take(files, x, y);
  },
  dismiss: (): void => {
    state.set((current) => ({ ...current, waiting: [] }));
  },
  reset(): void {
    state.set({ hover: null, target: null, waiting: [] });
  },
};
