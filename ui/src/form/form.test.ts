import { describe, expect, test } from "vitest";

import { catalogue } from "../platform/fake/catalogue";
import { stagedFile } from "../platform/fake/fake-platform";
import type { Control, Field, FormDefinition } from "../platform";
import { drafts, initialAnswers } from "./drafts";
import { addFiles, fileFamily, placeFiles } from "./file-fit";
import { takeFiles } from "./take-files";
import { findProblems } from "./validate";

function field(id: string, control: Control, extras: Partial<Field> = {}): Field {
  return { id, label: id, help: null, placeholder: null, required: false, default: null, control, ...extras };
}

function form(...fields: Field[]): FormDefinition {
  return { groups: [{ title: "", fields }], has_schema: true };
}

const text: Control = { kind: "text" };
const number: Control = { kind: "number", min: 1, max: 10, step: 1 };
const options = [
  { label: "None", value: "" },
  { label: "One", value: "one" },
];
const select: Control = { kind: "select", options, multiple: false, boolean: false };
const multi: Control = { kind: "select", options, multiple: true, boolean: false };
const onOff: Control = { kind: "select", options: [], multiple: false, boolean: true };
const single: Control = { kind: "files", mode: "single", max_files: 1, url_key: null };
const many: Control = { kind: "files", mode: "combined", max_files: 3, url_key: null };

describe("what a form starts with", () => {
  test.each([
    ["a text without default is empty", field("a", text), { a: { kind: "text", value: "" } }],
    ["so is an area of text", field("a", { kind: "text_area" }), { a: { kind: "text", value: "" } }],
    ["an empty default is the empty text", field("a", text, { default: "" }), { a: { kind: "text", value: "" } }],
    ["a number without default is left out", field("a", number), {}],
    ["a value of an unknown type is empty", field("a", { kind: "raw", type_name: "tags" }), { a: { kind: "text", value: "" } }],
    ["a choice among unpublished options is left out", field("a", { kind: "raw", type_name: "select" }), {}],
    ["a default is filled in", field("a", text, { default: "x" }), { a: { kind: "text", value: "x" } }],
    ["nothing chosen is the empty option", field("a", select), { a: { kind: "text", value: "" } }],
    ["without an empty option nothing chosen is left out", field("a", { ...select, options: options.slice(1) }), {}],
    ["an empty option is an answer", field("a", select, { default: "" }), { a: { kind: "text", value: "" } }],
    ["a default that is no option is left out", field("a", select, { default: "two" }), {}],
    ["several defaults", field("a", multi, { default: "one, two" }), { a: { kind: "list", values: ["one"] } }],
    ["several defaults as a list", field("a", multi, { default: '["one","three"]' }), { a: { kind: "list", values: ["one"] } }],
    ["a required switch is off", field("a", onOff, { required: true }), { a: { kind: "text", value: "false" } }],
    ["an optional switch is left out", field("a", onOff), {}],
    ["files have none", field("a", single, { default: "x" }), {}],
  ])("%s", (_, item, answers) => {
    expect(initialAnswers(form(item))).toEqual(answers);
  });
});

describe("what is wrong with answers", () => {
  test.each([
    ["missing text", field("a", text, { required: true }), undefined, "Fill in a"],
    ["blank text", field("a", text, { required: true }), { kind: "text", value: "  " }, "Fill in a"],
    ["missing image", field("inputImage", single, { required: true }), undefined, "Add an image to inputImage"],
    ["missing file", field("doc", single, { required: true }), undefined, "Add a file to doc"],
    ["missing choice", field("a", select, { required: true }), undefined, "Choose an option for a"],
    ["not a number", field("a", number), { kind: "text", value: "ten" }, "a must be a number"],
    ["hexadecimal is no number on the wire", field("a", number), { kind: "text", value: "0x5" }, "a must be a number"],
    ["too small", field("a", number), { kind: "text", value: "0" }, "a must be at least 1"],
    ["too large", field("a", number), { kind: "text", value: "11" }, "a must be at most 10"],
    ["not an option", field("a", select), { kind: "text", value: "two" }, "Choose one of the options for a"],
    ["too many files", field("a", many), { kind: "files", files: Array.from({ length: 4 }, () => ({ kind: "url", url: "https://x" })) }, "a takes at most 3 files"],
  ] as const)("%s", (_, item, answer, message) => {
    const problems = findProblems(form(item), answer === undefined ? {} : { a: structuredClone(answer) as never });
    expect(problems.map((problem) => problem.message)).toEqual([message]);
  });

  test.each([
    ["an empty option that means something", field("a", select, { required: true }), { kind: "text", value: "" }],
    ["an optional number that is empty", field("a", number), undefined],
    ["a number with an exponent", field("a", number), { kind: "text", value: "1e1" }],
    ["an option list the service loads later", field("a", { ...select, options: [] }), { kind: "text", value: "x" }],
  ] as const)("nothing is wrong with %s", (_, item, answer) => {
    expect(findProblems(form(item), answer === undefined ? {} : { a: answer })).toEqual([]);
  });

  test("every model of the catalogue can be judged", () => {
    for (const model of catalogue(true)) {
      const problems = findProblems(model.form, initialAnswers(model.form));
      const required = model.form.groups.flatMap((group) => group.fields).filter((item) => item.required && item.default === null);
      expect(problems.map((problem) => problem.field)).toEqual(required.map((item) => item.id));
    }
  });
});

describe("files", () => {
  test.each([
    ["Input image", "image"],
    ["Reference video", "video"],
    ["Voice sample", "audio"],
    ["Document", "any"],
  ] as const)("a field called %s means %s", (label, family) => {
    expect(fileFamily(field("a", single, { label }))).toBe(family);
  });

  test("a field for one file gives up what it had, one for many adds up to its limit", () => {
    const a = { kind: "staged", id: "a" } as const;
    const b = { kind: "staged", id: "b" } as const;
    const list = field("many", many);
    if (single.kind !== "files" || list.control.kind !== "files") throw new Error("both take files");
    expect(addFiles(single, [a], [b])).toEqual({ files: [b], leftOut: 0 });
    expect(addFiles(list.control, [a, a], [b, b])).toEqual({ files: [a, a, b], leftOut: 1 });
  });

  test("dropped files find the fields that mean them", () => {
    const definition = form(field("voice", single, { label: "Voice sample" }), field("photo", single, { label: "Photo" }), field("rest", many, { label: "Extras" }));
    const files = [stagedFile("a.jpg"), stagedFile("b.wav", { content_type: "audio/wav" }), stagedFile("c.jpg")];
    const { placements, leftOut } = placeFiles(definition, null, files, () => 0);
    expect(placements.map((placement) => [placement.field.id, placement.files.map((file) => file.name)])).toEqual([
      ["photo", ["a.jpg"]],
      ["voice", ["b.wav"]],
      ["rest", ["c.jpg"]],
    ]);
    expect(leftOut).toEqual([]);
  });

  const frames = form(field("first", single, { label: "First frame" }), field("last", single, { label: "Last frame" }));
  const places = (aimed: string | null, names: string[], filled: string[] = []) => {
    const { placements, leftOut } = placeFiles(frames, aimed, names.map((name) => stagedFile(name)), (id) => (filled.includes(id) ? 1 : 0));
    return [placements.map((placement) => `${placement.field.id}: ${placement.files.map((file) => file.name).join()}`), leftOut.length];
  };

  test.each([
    ["an empty field comes first", null, ["a.jpg"], ["first"], [["last: a.jpg"], 0]],
    ["nothing chosen is pushed out", null, ["a.jpg", "b.jpg"], ["first"], [["last: a.jpg"], 1]],
    ["nor when everything is full", null, ["a.jpg"], ["first", "last"], [[], 1]],
    ["what is aimed at is replaced", "first", ["a.jpg"], ["first"], [["first: a.jpg"], 0]],
    ["aimed files go nowhere else", "first", ["a.jpg", "b.jpg"], [], [["first: a.jpg"], 1]],
  ] as const)("files for two frames: %s", (_, aimed, names, filled, expected) => {
    expect(places(aimed, [...names], [...filled])).toEqual(expected);
  });

  test("what finds no room is left out and told", () => {
    const definition = form(field("photo", single, { label: "Photo" }));
    takeFiles("m", definition, [stagedFile("a.jpg"), stagedFile("b.jpg")], null);
    const draft = drafts.get()["m"];
    expect(draft?.answers["photo"]).toEqual({ kind: "files", files: [{ kind: "staged", id: "staged-a.jpg" }] });
    expect(draft?.notes["photo"]).toEqual(["Only 1 fit; the rest was left out."]);
  });
});
