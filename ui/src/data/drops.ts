import { createStore } from "../lib/store";
import type { DragHovered, FilesDropped, StagedFile } from "../platform";

/** Where dropped files go while a page that takes them is open. */
export interface DropTarget {
  /** Takes the files, into the field that was aimed at, or into those that are free. */
  take: (files: StagedFile[], aim: Aim | null) => void;
  /** The field that would take them at this point; `null` when the page finds the places itself. */
  aim: (x: number, y: number) => Aim | null;
}

/** A field that files are held over. */
export interface Aim {
  id: string;
  label: string;
}

export interface DropState {
  hover: DragHovered | null;
  target: DropTarget | null;
  /** What the last hover aimed at. It outlives the hover: files are looked at before they are told, and the page may move meanwhile. */
  aimed: { target: DropTarget; aim: Aim | null } | null;
  /** Files no page took; the chooser shows them. */
  waiting: StagedFile[];
}

const state = createStore<DropState>({ hover: null, target: null, aimed: null, waiting: [] });

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
      const { target } = current;
      const aimed = target === null ? null : { target, aim: target.aim(hovered.x, hovered.y) };
      return { ...current, aimed, hover: { ...hovered, count: hovered.count || (current.hover?.count ?? 0) } };
    });
  },
  drop({ files, x, y }: FilesDropped): void {
    const { target, aimed } = state.get();
    state.set((current) => ({ ...current, hover: null, aimed: null }));
    if (files.length === 0) return;
    if (target === null) state.set((current) => ({ ...current, waiting: files }));
    else target.take(files, aimed?.target === target ? aimed.aim : target.aim(x, y));
  },
  dismiss: (): void => {
    state.set((current) => ({ ...current, waiting: [] }));
  },
  reset(): void {
    state.set({ hover: null, target: null, aimed: null, waiting: [] });
  },
};
