import { createStore } from "./store";

/** Whether the menu of accounts is open; an error that another account would solve opens it. */
export const accountMenu = createStore(false);
