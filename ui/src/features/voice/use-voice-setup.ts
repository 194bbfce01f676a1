import { useCallback, useEffect, useState } from "react";
import { useLocation } from "wouter";

import { type DropTarget, drops } from "../../data/drops";
import { usePickFiles } from "../../data/outputs";
import { leaveVoice, useLiveVoice, useVoiceSettings, useVoiceStart, type VoiceSettingsAccess } from "../../data/voice";
import { type Draft, drafts, emptyDraft, formFields, updateDraft } from "../../form/drafts";
import { problemWords } from "../../form/take-files";
import { findProblems, type Problem } from "../../form/validate";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import { useStoreValue } from "../../lib/store";
import type { AppError, Field, FormDefinition, StagedFile, VoiceModel } from "../../platform";

/** The field that holds what is read aloud. */
export function mainText({ kind, detail }: VoiceModel): Field | null {
  if (kind !== "read_aloud") return null;
  const texts = formFields(detail.form).filter((field) => field.control.kind === "text" || field.control.kind === "text_area");
  const named = texts.find((field) => field.id === "text" || field.id === "prompt");
  return named ?? texts.find((field) => field.required) ?? texts[0] ?? null;
}

/** A form without one of its fields. */
export function withoutField(form: FormDefinition, id: string | null): FormDefinition {
  const groups = form.groups.map((group) => ({ ...group, fields: group.fields.filter((field) => field.id !== id) }));
  return { ...form, groups: groups.filter((group) => group.fields.length > 0) };
}

export interface FileSource {
  /** Whether a file is heard instead of the microphone. */
  wanted: boolean;
  staged: StagedFile | null;
  /** Why the last one was not taken, in words. */
  problem: string | null;
  want: (wanted: boolean) => void;
  pick: () => void;
  remove: () => void;
  error: AppError | null;
}

function wordsAgainst(file: StagedFile): string | null {
  return problemWords(file) ?? (file.content_type === "audio/wav" ? null : t("voice.source.notWav", { name: file.name }));
}

/** A sound file to be written down, picked or dropped. */
function useFileSource(enabled: boolean): FileSource {
  const [wanted, setWanted] = useState(false);
  const [{ staged, problem }, setFile] = useState<Pick<FileSource, "staged" | "problem">>({ staged: null, problem: null });
  const { mutate, error } = usePickFiles();
  const take = useCallback((files: readonly StagedFile[]): void => {
    const file = files[0];
    if (file === undefined) return;
    const against = wordsAgainst(file);
    setFile(against === null ? { staged: file, problem: null } : { staged: null, problem: against });
    setWanted(true);
  }, []);
  useEffect(() => {
    if (!enabled) return undefined;
    const target: DropTarget = { aim: () => ({ id: "voice-source", label: t("voice.source.file") }), take };
    return drops.register(target);
  }, [enabled, take]);
  return {
    wanted: enabled && wanted,
    staged,
    problem,
    want: setWanted,
    pick: () => mutate(false, { onSuccess: take }),
    remove: () => setFile({ staged: null, problem: null }),
    error,
  };
}

export interface VoiceSetup {
  draft: Draft;
  problems: readonly Problem[];
  access: VoiceSettingsAccess | null;
  file: FileSource;
  /** Another session is live; there is one at a time. */
  occupied: boolean;
  busy: boolean;
  error: AppError | null;
  /** Why it cannot start yet, in words; `null` when it can. */
  missing: string | null;
  start: (costCapUsd: string | null) => void;
}

/** Everything that is decided before a session with a model. */
export function useVoiceSetup(model: VoiceModel): VoiceSetup {
  const { detail, kind } = model;
  const slug = detail.summary.model;
  const [, navigate] = useLocation();
  const draft = useStoreValue(drafts, (all) => all[slug]);
  useEffect(() => {
    // Parts of the form are shown in several places; all of them begin with the same defaults.
    updateDraft(slug, detail.form, (current) => current);
  }, [slug, detail.form]);
  const shown = draft ?? emptyDraft(detail.form);
  const access = useVoiceSettings();
  const file = useFileSource(kind === "dictate");
  const starting = useVoiceStart();
  const occupied = useLiveVoice() !== null;
  const problems = detail.form.has_schema ? findProblems(detail.form, shown.answers) : [];
  const missing = file.wanted && file.staged === null ? t("voice.source.missing") : null;

  return {
    draft: shown,
    problems,
    access,
    file,
    occupied,
    busy: starting.busy,
    error: starting.error,
    missing,
    start: (costCapUsd) => {
      if (problems.length > 0) updateDraft(slug, detail.form, (current) => ({ ...current, judged: true }));
      if (access === null || occupied || missing !== null || problems.length > 0) return;
      const { settings } = access;
      leaveVoice();
      starting.start(
        {
          model: slug,
          answers: shown.answers,
          input_device: settings.input_device,
          output_device: settings.output_device,
          // A file is heard as a whole; nobody holds a key for it.
          mode: file.wanted ? "hands_free" : settings.mode,
          record: settings.record,
          cost_cap_usd: costCapUsd,
          input_file: file.wanted ? (file.staged?.id ?? null) : null,
        },
        () => navigate(paths.voice),
      );
    },
  };
}
