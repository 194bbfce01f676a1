import { asAppError } from "../app-error";
import type { Platform, PlatformEvents, Unsubscribe } from "../platform";
import { commands, events } from "./bindings.gen";

/** Makes sure that whatever a command rejects with is an `AppError`. */
async function call<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw asAppError(error);
  }
}

type Sources = {
  readonly [Name in keyof PlatformEvents]: (handler: (payload: PlatformEvents[Name]) => void) => Promise<Unsubscribe>;
};

/** The events of the core by our names; one that the bindings lack does not compile. */
const SOURCES: Sources = {
  libraryChanged: (handler) => events.libraryChangedEvent.listen(({ payload }) => handler(payload)),
  runProgressed: (handler) => events.runProgressedEvent.listen(({ payload }) => handler(payload)),
  filesDropped: (handler) => events.filesDroppedEvent.listen(({ payload }) => handler(payload)),
  dragHovered: (handler) => events.dragHoveredEvent.listen(({ payload }) => handler(payload)),
};

function listen<Name extends keyof PlatformEvents>(
  name: Name,
  handler: (payload: PlatformEvents[Name]) => void,
): Unsubscribe {
  let stop: Unsubscribe | null = null;
  let stopped = false;
  SOURCES[name](handler)
    .then((unlisten) => {
      if (stopped) unlisten();
      else stop = unlisten;
      return undefined;
    })
    .catch((error: unknown) => {
      // oxlint-disable-next-line no-console -- a window that hears nothing must leave a trace
      console.error(`cannot listen to ${name}`, error);
    });
  return () => {
    stopped = true;
    stop?.();
  };
}

/** The platform in the real window. */
export const tauriPlatform: Platform = {
  appState: () => call(commands.appState()),
  accountChoose: (accountId) => call(commands.accountChoose(accountId)),
  modelList: (query) => call(commands.modelList(query)),
  modelShow: (model) => call(commands.modelShow(model)),
  priceEstimate: (model, answers) => call(commands.priceEstimate(model, answers)),
  filePick: (multiple) => call(commands.filePick(multiple)),
  runSubmit: (submission) => call(commands.runSubmit(submission)),
  runList: (filter) => call(commands.runList(filter)),
  runShow: (id) => call(commands.runShow(id)),
  runRecheck: (id) => call(commands.runRecheck(id)),
  runAdopt: (id, taskId) => call(commands.runAdopt(id, taskId)),
  runDismiss: (id) => call(commands.runDismiss(id)),
  outputList: (filter) => call(commands.outputList(filter)),
  outputReveal: async (id) => {
    await call(commands.outputReveal(id));
  },
  outputOpen: async (id) => {
    await call(commands.outputOpen(id));
  },
  mediaUrl: (state, variant, id) => `${state.media_base_url}/${variant}/${encodeURIComponent(id)}`,
  listen,
};
