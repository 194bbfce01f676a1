import { useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef } from "react";

import { useStore } from "../lib/store";
import { realtimeKind } from "../lib/voice-words";
import type { AppError, ModelSummary, Platform, VoiceControl, VoiceDeviceTest, VoiceExport, VoiceKind, VoiceSessionSummary, VoiceSettings, VoiceStart } from "../platform";
import { useAppState } from "./app-state";
import { keys } from "./keys";
import { type Paged, usePaged } from "./paged";
import { usePlatform } from "./platform-context";
import { useSaveSettings } from "./settings";
import { type HeardSession, isLive, voice, voiceProblem, voiceSession } from "./voice-live";

const PAGE = 100;
const FIVE_MINUTES_MS = 300_000;
/** Where models to talk with are found. Services need not have all of these categories. */
const CATEGORIES = ["realtime-conversation", "realtime", "text-to-speech", "speech-to-text"] as const;

/** The session that is live; `null` when none is. */
export function useLiveVoice(): HeardSession | null {
  const session = useStore(voiceSession);
  return session !== null && isLive(session.state) ? session : null;
}

export interface VoiceModels {
  pending: boolean;
  error: AppError | null;
  retry: () => void;
  of: Readonly<Record<VoiceKind, readonly ModelSummary[]>>;
}

/** Models to talk with, by what they do. */
export function useVoiceModels(): VoiceModels {
  const platform = usePlatform();
  const answers = useQueries({
    queries: CATEGORIES.map((category) => ({
      queryKey: keys.modelPage("", category, 0),
      queryFn: async () => {
        const page = await platform.modelList({ search: "", category, start: 0, limit: PAGE });
        return { items: page.models, total: page.total };
      },
    })),
  });
  const all = new Map(answers.flatMap((answer) => answer.data?.items ?? []).map((item) => [item.model, item] as const));
  const of: Record<VoiceKind, ModelSummary[]> = { conversation: [], read_aloud: [], dictate: [] };
  for (const item of all.values()) {
    const kind = realtimeKind(item);
    if (kind !== null) of[kind].push(item);
  }
  return {
    pending: answers.some((answer) => answer.isPending),
    error: answers.find((answer) => answer.data === undefined && answer.error !== null)?.error ?? null,
    retry: () => {
      for (const answer of answers) if (answer.isError) void answer.refetch();
    },
    of,
  };
}

export function useVoiceModel(model: string) {
  const platform = usePlatform();
  return useQuery({ queryKey: keys.voiceModel(model), queryFn: () => platform.voiceModel(model), staleTime: FIVE_MINUTES_MS });
}

/** The devices of this machine, asked for anew each time somebody is about to choose one. */
export function useVoiceDevices() {
  const platform = usePlatform();
  return useQuery({ queryKey: keys.voiceDevices, queryFn: () => platform.voiceDevices(), staleTime: 0 });
}

export function useDeviceTest() {
  const platform = usePlatform();
  return useMutation({ mutationFn: (test: VoiceDeviceTest) => platform.voiceDeviceTest(test) });
}

export interface VoiceSettingsAccess {
  settings: VoiceSettings;
  error: AppError | null;
  save: (change: Partial<VoiceSettings>) => void;
}

/** How the person likes to talk. A change is saved at once, and what it is changed from is always the latest. */
export function useVoiceSettings(): VoiceSettingsAccess | null {
  const state = useAppState().data;
  const client = useQueryClient();
  const { mutate, error } = useSaveSettings();
  const pending = useRef<{ change: Partial<VoiceSettings>; open: number }>({ change: {}, open: 0 });
  const saved = state?.settings.voice;
  const save = useCallback(
    (change: Partial<VoiceSettings>): void => {
      if (saved === undefined) return;
      // Two changes in a row must not undo each other: the answer to the first is still on its way.
      pending.current = { change: { ...pending.current.change, ...change }, open: pending.current.open + 1 };
      mutate(
        { voice: { ...(saved as VoiceSettings), ...pending.current.change } },
        {
          onSettled: () => {
            const open = pending.current.open - 1;
            pending.current = { change: open === 0 ? {} : pending.current.change, open };
            void client.invalidateQueries({ queryKey: keys.voiceDevices });
            void client.invalidateQueries({ queryKey: keys.voiceShortcut });
          },
        },
      );
    },
    [saved, mutate, client],
  );
  return saved === undefined ? null : { settings: saved as VoiceSettings, error, save };
}

export function useVoiceShortcut() {
  const platform = usePlatform();
  return useQuery({ queryKey: keys.voiceShortcut, queryFn: () => platform.voiceShortcut(), staleTime: 0 });
}

export interface VoiceStarting {
  busy: boolean;
  error: AppError | null;
  /** Starts, unless something is on its way. A press that failed keeps its intent, so that it can never become two sessions. */
  start: (asked: Omit<VoiceStart, "intent_id">, onStarted: () => void) => void;
}

export function useVoiceStart(): VoiceStarting {
  const platform = usePlatform();
  const client = useQueryClient();
  const last = useRef<{ asked: string; intent: string } | null>(null);
  const mutationKey = keys.voiceStart;
  const { mutate, isPending, error } = useMutation({
    mutationKey,
    mutationFn: async (start: VoiceStart) => {
      const before = voiceSession.get();
      const view = await platform.voiceStart(start);
      voiceProblem.set(null);
      voice.take(view, before);
    },
    onSuccess: () => {
      last.current = null;
      void client.invalidateQueries({ queryKey: keys.runs });
    },
  });
  return {
    busy: isPending,
    error,
    start: (asked, onStarted) => {
      if (client.isMutating({ mutationKey, exact: true }) > 0) return;
      const text = JSON.stringify(asked);
      if (last.current?.asked !== text) last.current = { asked: text, intent: crypto.randomUUID() };
      mutate({ ...asked, intent_id: last.current.intent }, { onSuccess: onStarted });
    },
  };
}

/** Controls reach the core in the order they were given: a key that comes up must not overtake itself going down. */
const queues = new WeakMap<Platform, Promise<void>>();

async function obey(before: Promise<void> | undefined, platform: Platform, runId: string, control: VoiceControl): Promise<void> {
  await before;
  try {
    await platform.voiceControl(runId, control);
    voiceProblem.set(null);
  } catch (error) {
    // A platform rejects with nothing else.
    voiceProblem.set(error as AppError);
  }
}

/** Does something in the live session; what goes wrong stands in `voiceProblem`, what comes of it is told by event. */
export function useVoiceControl(): (control: VoiceControl) => void {
  const platform = usePlatform();
  return useCallback(
    (control) => {
      const session = voiceSession.get();
      if (session !== null && isLive(session.state)) queues.set(platform, obey(queues.get(platform), platform, session.state.run_id, control));
    },
    [platform],
  );
}

/** Takes a session that has ended off the page. */
export function leaveVoice(): void {
  const session = voiceSession.get();
  if (session !== null && !isLive(session.state)) voice.clear();
}

export function useVoiceSessions(): Paged<VoiceSessionSummary> {
  const platform = usePlatform();
  return usePaged<VoiceSessionSummary>({
    size: PAGE,
    scope: "all",
    key: (start) => keys.voiceSessionPage(start),
    load: async (start) => {
      const page = await platform.voiceSessions({ start, limit: PAGE });
      return { items: page.sessions, total: page.total };
    },
  });
}

export function useVoiceSession(runId: string) {
  const platform = usePlatform();
  return useQuery({ queryKey: keys.voiceSession(runId), queryFn: () => platform.voiceSessionShow(runId) });
}

export function useVoiceExport(runId: string) {
  const platform = usePlatform();
  return useMutation({ mutationFn: (format: VoiceExport) => platform.voiceSessionExport(runId, format) });
}

