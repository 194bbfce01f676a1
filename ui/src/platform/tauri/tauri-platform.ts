import { Channel } from "@tauri-apps/api/core";

import { asAppError } from "../app-error";
import type { Platform, PlatformEvents, Unsubscribe } from "../platform";
import type { VoiceEvent } from "../types";
import { commands, events } from "./bindings.gen";

/** Makes sure that whatever a command rejects with is an `AppError`. */
async function call<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw asAppError(error);
  }
}

async function run(promise: Promise<null>): Promise<void> {
  await call(promise);
}

type Sources = {
  readonly [Name in keyof PlatformEvents]: (handler: (payload: PlatformEvents[Name]) => void) => Promise<Unsubscribe>;
};

/** The events of the core by our names; one that the bindings lack does not compile. */
const SOURCES: Sources = {
  stateChanged: (handler) => events.stateChangedEvent.listen(() => handler(null)),
  libraryChanged: (handler) => events.libraryChangedEvent.listen(({ payload }) => handler(payload)),
  runProgressed: (handler) => events.runProgressedEvent.listen(({ payload }) => handler(payload)),
  filesDropped: (handler) => events.filesDroppedEvent.listen(({ payload }) => handler(payload)),
  dragHovered: (handler) => events.dragHoveredEvent.listen(({ payload }) => handler(payload)),
  quitAsked: (handler) => events.quitAskedEvent.listen(({ payload }) => handler(payload)),
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

function voiceListen(handler: (event: VoiceEvent) => void): Unsubscribe {
  let stopped = false;
  const channel = new Channel<VoiceEvent>((event) => {
    if (!stopped) handler(event);
  });
  call(commands.voiceListen(channel)).catch((error: unknown) => {
    // oxlint-disable-next-line no-console -- a window that hears nothing must leave a trace
    console.error("cannot listen to the voice session", error);
  });
  return () => {
    stopped = true;
  };
}

/** The platform in the real window. */
export const tauriPlatform: Platform = {
  appState: () => call(commands.appState()),
  accountChoose: (accountId) => call(commands.accountChoose(accountId)),
  accountAdd: (account) => call(commands.accountAdd(account)),
  accountUpdate: (accountId, change) => call(commands.accountUpdate(accountId, change)),
  accountTest: (accountId) => run(commands.accountTest(accountId)),
  accountRemove: (accountId) => call(commands.accountRemove(accountId)),
  accountAskKeychain: (accountId) => call(commands.accountAskKeychain(accountId)),
  keychainState: () => call(commands.keychainState()),
  settingsUpdate: (change) => call(commands.settingsUpdate(change)),
  libraryInfo: () => call(commands.libraryInfo()),
  libraryMovePick: () => call(commands.libraryMovePick()),
  libraryMove: () => run(commands.libraryMove()),
  diagnostics: () => call(commands.diagnostics()),
  diagnosticsCopy: () => run(commands.diagnosticsCopy()),
  logsReveal: () => run(commands.logsReveal()),
  linkOpen: (link) => run(commands.linkOpen(link)),
  noticeDismiss: (kind) => call(commands.noticeDismiss(kind)),
  quitAnswer: (choice) => run(commands.quitAnswer(choice)),
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
  runStop: (id) => call(commands.runStop(id)),
  runRetry: (id, intentId) => call(commands.runRetry(id, intentId)),
  runDeleteFiles: (id) => call(commands.runDeleteFiles(id)),
  runForget: (id) => run(commands.runForget(id)),
  outputList: (filter) => call(commands.outputList(filter)),
  outputReveal: (id) => run(commands.outputReveal(id)),
  outputOpen: (id) => run(commands.outputOpen(id)),
  outputRetry: (id) => run(commands.outputRetry(id)),
  voiceModel: (model) => call(commands.voiceModel(model)),
  voiceStart: (start) => call(commands.voiceStart(start)),
  voiceControl: (runId, control) => call(commands.voiceControl(runId, control)),
  voiceSession: () => call(commands.voiceSession()),
  voiceDevices: () => call(commands.voiceDevices()),
  voiceDeviceTest: (test) => call(commands.voiceDeviceTest(test)),
  voiceSessions: (filter) => call(commands.voiceSessions(filter)),
  voiceSessionShow: (runId) => call(commands.voiceSessionShow(runId)),
  voiceSessionExport: (runId, format) => call(commands.voiceSessionExport(runId, format)),
  voiceShortcut: () => call(commands.voiceShortcut()),
  mediaUrl: (state, variant, id) => `${state.media_base_url}/${variant}/${encodeURIComponent(id)}`,
  listen,
  voiceListen,
};
