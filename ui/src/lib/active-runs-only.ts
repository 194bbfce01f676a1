import { createStore } from "./store";

/** Whether the runs page shows only what is active. It outlives the page, and other pages lead there with it set. */
export const activeRunsOnly = createStore(false);
