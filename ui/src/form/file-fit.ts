import type { Control, Field, FileInput, FormDefinition, StagedFile } from "../platform";
import { formFields } from "./drafts";

export type FilesField = Field & { control: Extract<Control, { kind: "files" }> };

export type FileFamily = "image" | "video" | "audio" | "any";

const WORDS: readonly (readonly [FileFamily, RegExp])[] = [
  ["video", /video|clip|movie/i],
  ["audio", /audio|voice|speech|sound|song|music/i],
  ["image", /image|photo|picture|mask|face|portrait|logo|frame/i],
];

/**
 * What kind of file a field means, by its own words. The service publishes no types for file inputs, so this only
 * sorts and words things; it never refuses a file.
 */
export function fileFamily(field: Field): FileFamily {
  for (const text of [field.label, field.id]) {
    const found = WORDS.find(([, pattern]) => pattern.test(text));
    if (found !== undefined) return found[0];
  }
  return "any";
}

export function isFilesField(field: Field): field is FilesField {
  return field.control.kind === "files";
}

export function filesFields(form: FormDefinition): FilesField[] {
  return formFields(form).filter(isFilesField);
}

export function fits(field: FilesField, file: StagedFile): boolean {
  const family = fileFamily(field);
  return family === "any" || file.content_type.startsWith(`${family}/`);
}

/** How many files a field takes. */
export function capacity(control: FilesField["control"]): number {
  if (control.mode === "single") return 1;
  return control.max_files ?? Number.POSITIVE_INFINITY;
}

export function takesUrls(control: FilesField["control"]): boolean {
  return control.mode === "combined" || control.url_key !== null;
}

/** Adds files to those a field has. A field for one file gives up the one it has. */
export function addFiles(
  control: FilesField["control"],
  current: readonly FileInput[],
  added: readonly FileInput[],
): { files: FileInput[]; leftOut: number } {
  const room = capacity(control);
  if (room === 1) return { files: added.slice(0, 1), leftOut: Math.max(0, added.length - 1) };
  const files = [...current, ...added].slice(0, Math.max(room, current.length));
  return { files, leftOut: current.length + added.length - files.length };
}

export interface Placement {
  field: FilesField;
  files: StagedFile[];
}

/**
 * Shares files out. Files aimed at a field go there and nowhere else; a field for one file then gives up what it had.
 * Others find an empty field that means them, then one that means them and has room, then any field with room. Nothing
 * that was chosen is pushed out by a file that was aimed at nothing, but where there is a single field for one file.
 */
export function placeFiles(
  form: FormDefinition,
  aimed: string | null,
  files: readonly StagedFile[],
  filled: (id: string) => number,
): { placements: Placement[]; leftOut: StagedFile[] } {
  const all = filesFields(form);
  const fields = aimed === null ? all : all.filter((field) => field.id === aimed);
  const placements = new Map<string, Placement>();
  const leftOut: StagedFile[] = [];
  const has = (field: FilesField): number => {
    const had = capacity(field.control) === 1 && fields.length === 1 ? 0 : filled(field.id);
    return had + (placements.get(field.id)?.files.length ?? 0);
  };
  for (const file of files) {
    const open = fields.filter((field) => has(field) < capacity(field.control));
    const meant = open.filter((field) => fits(field, file));
    const empty = meant.find((item) => has(item) === 0);
    const field = empty ?? meant[0] ?? open.find((item) => has(item) === 0) ?? open[0];
    if (field === undefined) {
      leftOut.push(file);
      continue;
    }
    const placement = placements.get(field.id) ?? { field, files: [] };
    placement.files.push(file);
    placements.set(field.id, placement);
  }
  return { placements: [...placements.values()], leftOut };
}
