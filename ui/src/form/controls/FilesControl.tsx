import { type RefObject, useEffect, useRef, useState } from "react";

import { Button, IconButton } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { TextInput } from "../../components/TextInput";
import { Thumb } from "../../components/Thumb";
import { formatBytes, formatPixels } from "../../lib/format";
import { t } from "../../lib/i18n";
import { isComposing } from "../../lib/keyboard";
import { useStore } from "../../lib/store";
import type { Field, FileInput, StagedFile } from "../../platform";
import type { ControlProps, FileAccess } from "../control-props";
import { stagedFiles } from "../drafts";
import { addFiles, capacity, fileFamily, takesUrls } from "../file-fit";
import styles from "./Files.module.css";

function fileFacts(file: StagedFile): string {
  const size = file.width !== null && file.height !== null ? [formatPixels(file.width, file.height)] : [];
  return [...size, formatBytes(file.bytes)].join(" · ");
}

interface TileProps {
  input: FileInput;
  staged: StagedFile | undefined;
  files: FileAccess;
  first: boolean;
  last: boolean;
  place: number;
  onRemove: () => void;
  onMove: (by: -1 | 1) => void;
}

function FileTile({ input, staged, files, first, last, place, onRemove, onMove }: TileProps) {
  const name = input.kind === "url" ? input.url : (staged?.name ?? input.id);
  const facts = input.kind === "url" ? t("files.byAddress") : staged === undefined ? "" : fileFacts(staged);
  const preview = input.kind === "staged" && staged?.has_preview === true ? files.previewUrl(input.id) : null;
  return (
    <li className={styles.tile} data-testid="file-tile">
      <Thumb className={styles.preview} contentType={staged?.content_type ?? ""} src={preview} />
      <span className={styles.words}>
        <span className={styles.name} title={name}>
          {name}
        </span>
        <span className={styles.facts}>{facts}</span>
      </span>
      {!(first && last) && (
        <>
          <IconButton size="small" icon="up" label={t("files.moveEarlier", { name })} disabled={first} data-focus={`-1-${place}`} onClick={() => onMove(-1)} />
          <IconButton size="small" icon="chevron" label={t("files.moveLater", { name })} disabled={last} data-focus={`1-${place}`} onClick={() => onMove(1)} />
        </>
      )}
      <IconButton size="small" icon="close" label={t("files.remove", { name })} data-focus={`remove-${place}`} onClick={onRemove} />
    </li>
  );
}

function UrlEntry({ label, onAdd, onCancel }: { label: string; onAdd: (url: string) => void; onCancel: () => void }) {
  const [url, setUrl] = useState("");
  const [wrong, setWrong] = useState(false);
  const add = (): void => {
    const trimmed = url.trim();
    if (/^https?:\/\/[^\s/]+/i.test(trimmed)) onAdd(trimmed);
    else setWrong(true);
  };
  return (
    <div className={styles.url}>
      <div className={styles.urlRow}>
        <TextInput
          aria-label={t("files.url", { label })}
          aria-invalid={wrong}
          placeholder={t("files.urlPlaceholder")}
          inputMode="url"
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the person has just asked for this field
          autoFocus
          value={url}
          onValue={(next) => {
            setUrl(next);
            setWrong(false);
          }}
          onKeyDown={(event) => {
            if (isComposing(event)) return;
            if (event.key === "Enter") {
              event.preventDefault();
              event.stopPropagation();
              add();
            }
            if (event.key === "Escape") onCancel();
          }}
        />
        <Button onClick={add}>{t("files.urlAdd")}</Button>
        <Button variant="quiet" onClick={onCancel}>
          {t("files.urlCancel")}
        </Button>
      </div>
      {wrong && (
        <p className={styles.wrong} role="alert">
          {t("files.urlInvalid")}
        </p>
      )}
    </div>
  );
}

function pickLabel(field: Field, many: boolean, count: number): string {
  if (count > 0) return many ? t("files.addMore") : t("files.replace");
  const image = fileFamily(field) === "image";
  if (many) return image ? t("files.pickImages") : t("files.pickMany");
  return image ? t("files.pickImage") : t("files.pickOne");
}

function move(files: readonly FileInput[], index: number, by: -1 | 1): FileInput[] {
  const next = [...files];
  const [moved] = next.splice(index, 1);
  if (moved !== undefined) next.splice(index + by, 0, moved);
  return next;
}

interface TilesProps {
  label: string;
  inputs: readonly FileInput[];
  files: FileAccess;
  focus: (names: readonly string[]) => void;
  onFiles: (files: FileInput[]) => void;
}

function Tiles({ label, inputs, files, focus, onFiles }: TilesProps) {
  const staged = useStore(stagedFiles);
  return (
    <ol className={styles.tiles} aria-label={t("files.list", { label })}>
      {inputs.map((input, index) => (
        <FileTile
          // The same file may stand in a list twice.
          // oxlint-disable-next-line react/no-array-index-key -- nothing else tells two equal entries apart
          key={`${input.kind === "url" ? input.url : input.id}:${index}`}
          input={input}
          staged={input.kind === "staged" ? staged.get(input.id) : undefined}
          files={files}
          first={index === 0}
          last={index === inputs.length - 1}
          place={index}
          onRemove={() => {
            onFiles(inputs.filter((_, at) => at !== index));
            focus([`remove-${index}`, `remove-${index - 1}`, "pick"]);
          }}
          onMove={(by) => {
            onFiles(move(inputs, index, by));
            focus([`${by}-${index + by}`, `${-by}-${index + by}`]);
          }}
        />
      ))}
    </ol>
  );
}

/** The button that was pressed may be gone after it; the focus then goes to the first of those named that is there. */
function useFocusAfter(): { box: RefObject<HTMLDivElement | null>; focus: (names: readonly string[]) => void } {
  const box = useRef<HTMLDivElement>(null);
  const [wanted, setWanted] = useState<readonly string[]>([]);
  useEffect(() => {
    for (const name of wanted) {
      const found = box.current?.querySelector<HTMLButtonElement>(`[data-focus="${name}"]:not(:disabled)`);
      if (found == null) continue;
      found.focus();
      return;
    }
  }, [wanted]);
  return { box, focus: setWanted };
}

export function FilesControl({ field, control, answer, ids, labelId, files, onAnswer, onTouch }: ControlProps<"files">) {
  const [typing, setTyping] = useState(false);
  const current = answer?.kind === "files" ? answer.files : [];
  const max = capacity(control);
  const many = max > 1;
  const full = many && current.length >= max;
  const { box, focus } = useFocusAfter();
  const set = (next: FileInput[]): void => {
    onAnswer(next.length === 0 ? null : { kind: "files", files: next });
    onTouch();
  };
  const pick = async (): Promise<void> => {
    const picked = await files.pick(many);
    if (picked.length > 0) files.take(field.id, picked);
  };
  return (
    <div ref={box} className={styles.files} data-file-field={field.id} role="group" aria-labelledby={labelId} aria-describedby={ids["aria-describedby"]}>
      {current.length > 0 && (
        <Tiles label={field.label} inputs={current} files={files} focus={focus} onFiles={set} />
      )}
      <div className={styles.actions}>
        {!full && (
          <Button id={ids.id} data-focus="pick" size={current.length > 0 ? "small" : "medium"} icon="upload" onClick={() => void pick()}>
            {pickLabel(field, many, current.length)}
          </Button>
        )}
        {!full && takesUrls(control) && !typing && (
          <Button size={current.length > 0 ? "small" : "medium"} data-focus="address" variant="quiet" icon="link" onClick={() => setTyping(true)}>
            {t("files.addUrl")}
          </Button>
        )}
        {Number.isFinite(max) && many && <span className={styles.limit}>{t("files.limit", { count: current.length, max })}</span>}
      </div>
      {typing && !full && (
        <UrlEntry
          label={field.label}
          onCancel={() => {
            setTyping(false);
            focus(["address"]);
          }}
          onAdd={(url) => {
            set(addFiles(control, current, [{ kind: "url", url }]).files);
            setTyping(false);
            focus(["address", "pick", `remove-${current.length}`]);
          }}
        />
      )}
      {current.length === 0 && !typing && (
        <p className={styles.hint}>
          <Icon name="plus" size={14} />
          {many ? t("files.dropHintMany") : t("files.dropHint")}
        </p>
      )}
    </div>
  );
}
