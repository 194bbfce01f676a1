import type { Control, Field, FieldGroup, ModelDetail, Price } from "../types";

type FieldExtras = Partial<Omit<Field, "id" | "label" | "control">>;

export function field(id: string, label: string, control: Control, extras: FieldExtras = {}): Field {
  return { id, label, control, help: null, placeholder: null, required: false, default: null, ...extras };
}

export function options(...labels: string[]): { label: string; value: string }[] {
  return labels.map((label) => ({ label, value: label.toLowerCase().replaceAll(" ", "-") }));
}

interface ModelSketch {
  slug: string;
  title: string;
  description: string;
  categories: string[];
  price: Price;
  computing?: string;
  success?: number;
  groups?: FieldGroup[];
  noSchema?: boolean;
}

export function model(sketch: ModelSketch): ModelDetail {
  return {
    summary: {
      model: sketch.slug,
      title: sketch.title,
      description: sketch.description,
      categories: sketch.categories,
      price: sketch.price,
      computing_time: sketch.computing ?? null,
      success_rate: sketch.success ?? null,
    },
    form: { groups: sketch.groups ?? [], has_schema: sketch.noSchema !== true },
  };
}

const single: Control = { kind: "files", mode: "single", max_files: 1, url_key: "inputImageUrl" };
const free: Price = { kind: "exact", usd: "0" };

const languages = options(
  "Arabic", "Chinese", "Czech", "Danish", "Dutch", "English", "Finnish", "French", "German", "Greek",
  "Hindi", "Italian", "Japanese", "Korean", "Polish", "Portuguese", "Spanish", "Turkish",
);

const upscale = model({
  slug: "sandbox/upscale",
  title: "Upscale",
  description: "Makes one picture larger with Lanczos resampling. Keeps edges sharp and colours as they are.",
  categories: ["image-to-image", "image-editing"],
  price: { kind: "exact", usd: "0.002" },
  computing: "2 s",
  success: 0.998,
  groups: [
    {
      title: "Input",
      fields: [
        field("inputImage", "Input image", single, { required: true, help: "PNG, JPEG or WebP, up to 100 MB." }),
        field("scale", "Scale", { kind: "range", min: 1, max: 4, step: 0.5 }, { default: "2", help: "How many times wider and higher." }),
        field("format", "Format", { kind: "select", options: options("PNG", "JPEG"), multiple: false, boolean: false }, { default: "png" }),
      ],
    },
  ],
});

const pattern = model({
  slug: "sandbox/pattern",
  title: "Pattern",
  description: "Draws a procedural picture from a prompt and a seed. The same words and seed give the same picture.",
  categories: ["text-to-image"],
  price: { kind: "range", min_usd: "0.001", max_usd: "0.008" },
  computing: "4 s",
  success: 0.991,
  groups: [
    {
      title: "Prompt",
      fields: [
        field("prompt", "Prompt", { kind: "text_area" }, { required: true, placeholder: "Slow dunes under a violet sky" }),
        field("negative", "Leave out", { kind: "text" }, { placeholder: "blur, text" }),
      ],
    },
    {
      title: "Picture",
      fields: [
        field("width", "Width", { kind: "range", min: 64, max: 2048, step: 64 }, { default: "1024" }),
        field("height", "Height", { kind: "range", min: 64, max: 2048, step: 64 }, { default: "768" }),
        field("seed", "Seed", { kind: "number", min: 0, max: 4294967295, step: 1 }, { help: "Leave empty for a new picture every time." }),
        field("tile", "Tileable", { kind: "select", options: [{ label: "On", value: "true" }, { label: "Off", value: "false" }], multiple: false, boolean: true }, { default: "false", help: "The edges meet when the picture is repeated." }),
      ],
    },
  ],
});

const studio = model({
  slug: "sandbox/every-control",
  title: "Every control",
  description: "Echoes what it was given. It has each kind of input once, so that a form can be tried out.",
  categories: ["other"],
  price: { kind: "unknown", reason: "This model publishes no prices." },
  groups: [
    {
      title: "Words and numbers",
      fields: [
        field("title", "Title", { kind: "text" }, { required: true, placeholder: "A short title" }),
        field("prompt", "Prompt", { kind: "text_area" }, { default: "A quiet harbour at dawn", help: "Say what should be in the picture." }),
        field("seed", "Seed", { kind: "number", min: 0, max: 999, step: 1 }, { default: "42" }),
        field("strength", "Strength", { kind: "range", min: 0, max: 1, step: 0.05 }, { default: "0.75" }),
      ],
    },
    {
      title: "Choices",
      fields: [
        field("style", "Style", { kind: "select", options: options("Photo", "Drawing", "Oil"), multiple: false, boolean: false }, { default: "photo" }),
        field("language", "Language", { kind: "select", options: languages, multiple: false, boolean: false }, { default: "english" }),
        field("moods", "Moods", { kind: "select", options: options("Calm", "Bright", "Dark", "Playful"), multiple: true, boolean: false }),
        field("enhance", "Enhance", { kind: "select", options: [{ label: "Yes", value: "true" }, { label: "No", value: "false" }], multiple: false, boolean: true }, { default: "true" }),
      ],
    },
    {
      title: "Files and more",
      fields: [
        field("inputImage", "Input image", single),
        field("references", "Reference files", { kind: "files", mode: "combined", max_files: 4, url_key: null }, { help: "Up to four, in the order they count." }),
        field("palette", "Palette", { kind: "raw", type_name: "colorpicker" }, { placeholder: '["#5b5bd6"]' }),
      ],
    },
  ],
});

const small: ModelDetail[] = [
  upscale,
  pattern,
  studio,
  model({
    slug: "sandbox/filters", title: "Filters", description: "Puts up to eight pictures through one filter: grayscale, blur, sharpen, sepia or invert.",
    categories: ["tool", "image-to-image", "image-editing"], price: { kind: "rate", usd: "0.002", unit: "result" }, computing: "2 s", success: 1,
    groups: [{ title: "Input", fields: [
      field("inputImages", "Images", { kind: "files", mode: "combined", max_files: 8, url_key: null }, { required: true, help: "Up to 8 files and addresses mixed: PNG, JPEG, WebP, GIF or BMP" }),
      field("filter", "Filter", { kind: "select", options: options("Grayscale", "Blur", "Sharpen", "Sepia", "Invert"), multiple: false, boolean: false }, { default: "grayscale" }),
    ] }],
  }),
  model({
    slug: "sandbox/contact-sheet", title: "Contact sheet", description: "Puts many pictures on one sheet, row by row, each in its own shape.",
    categories: ["tool", "image-to-image"], price: { kind: "exact", usd: "0.008" }, computing: "2 s", success: 1,
    groups: [{ title: "Input", fields: [
      field("inputImages", "Images", { kind: "files", mode: "separate", max_files: 64, url_key: "inputImagesUrl" }, { required: true, help: "Up to 64 files and addresses: PNG, JPEG, WebP, GIF or BMP" }),
      field("columns", "Columns", { kind: "range", min: 1, max: 12, step: 1 }, { default: "4", help: "Pictures side by side" }),
    ] }],
  }),
  model({
    slug: "sandbox/slow", title: "Slow", description: "Takes as long as asked. Good for trying out what the window shows meanwhile.",
    categories: ["other"], price: { kind: "rate", usd: "0.0001", unit: "second" }, computing: "30 s", success: 0.97,
    groups: [{ title: "Input", fields: [field("seconds", "Seconds", { kind: "range", min: 1, max: 120, step: 1 }, { default: "30" })] }],
  }),
  model({
    slug: "sandbox/failing", title: "Failing", description: "Fails as asked: with an exit code, a message, or before it starts.",
    categories: ["other"], price: free, computing: "1 s", success: 0.02,
    groups: [{ title: "Input", fields: [field("message", "Message", { kind: "text" }, { default: "out of memory" })] }],
  }),
  model({ slug: "sandbox/mystery", title: "Mystery", description: "Publishes no form.", categories: ["other"], price: { kind: "unknown", reason: "This model publishes no prices." }, noSchema: true }),
];

const KINDS = [
  { noun: "Portrait", categories: ["image-to-image", "image-editing"], files: true },
  { noun: "Clip", categories: ["image-to-video"], files: true },
  { noun: "Sketch", categories: ["text-to-image"], files: false },
  { noun: "Voice", categories: ["text-to-speech"], files: false },
  { noun: "Scribe", categories: ["speech-to-text"], files: true },
  { noun: "Score", categories: ["music"], files: false },
] as const;
const MAKERS = ["northlight", "kumo", "verda", "atelier", "oblique", "hum"] as const;

function crowd(): ModelDetail[] {
  return Array.from({ length: 237 }, (_, index) => {
    const kind = KINDS[index % KINDS.length] ?? KINDS[0];
    const maker = MAKERS[Math.floor(index / KINDS.length) % MAKERS.length] ?? MAKERS[0];
    const version = 1 + Math.floor(index / 36);
    const fields = kind.files
      ? [field("inputImage", "Input file", single, { required: true }), field("strength", "Strength", { kind: "range", min: 0, max: 1, step: 0.1 }, { default: "0.5" })]
      : [field("prompt", "Prompt", { kind: "text_area" }, { required: true })];
    return model({
      slug: `${maker}/${kind.noun.toLowerCase()}-v${version}`,
      title: `${maker.charAt(0).toUpperCase()}${maker.slice(1)} ${kind.noun} ${version}`,
      description: `${kind.noun} model of the ${version}. generation. Reads the inputs closely, keeps faces and lettering, and answers with one result for each request it is given.`,
      categories: [...kind.categories],
      price: index % 7 === 3 ? { kind: "range", min_usd: "0.02", max_usd: "0.12" } : { kind: "exact", usd: (0.004 * (1 + (index % 9))).toFixed(3) },
      computing: `${4 + (index % 40)} s`,
      success: 0.86 + (index % 14) / 100,
      groups: [{ title: "Input", fields }],
    });
  });
}

/** The models of the Sandbox, and as many more as a real account lists. */
export function catalogue(many: boolean): ModelDetail[] {
  return many ? [...small, ...crowd()] : small;
}
