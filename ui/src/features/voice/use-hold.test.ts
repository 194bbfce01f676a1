import { describe, expect, test } from "vitest";

import { createHold, type Hold, isSpaceFree } from "./use-hold";

interface Case {
  name: string;
  does: (hold: Hold) => void;
  told: string;
}

const CASES: readonly Case[] = [
  { name: "down and up", does: (hold) => (hold.down("space"), hold.up("space")), told: "down up" },
  { name: "a key that repeats", does: (hold) => (hold.down("space"), hold.down("space"), hold.down("space"), hold.up("space")), told: "down up" },
  { name: "two holders", does: (hold) => (hold.down("space"), hold.down("pointer"), hold.up("space"), hold.up("pointer")), told: "down up" },
  { name: "two presses", does: (hold) => (hold.down("space"), hold.up("space"), hold.down("space"), hold.up("space")), told: "down up down up" },
  { name: "up without down", does: (hold) => hold.up("space"), told: "" },
  { name: "a lost focus", does: (hold) => (hold.down("space"), hold.down("enter"), hold.release(), hold.up("space"), hold.up("enter")), told: "down up" },
  { name: "a lost focus with nothing held", does: (hold) => hold.release(), told: "" },
];

test.each(CASES)("$name", ({ does, told }) => {
  const calls: string[] = [];
  does(createHold(() => calls.push("down"), () => calls.push("up")));
  expect(calls.join(" ")).toBe(told);
});

describe("the space bar", () => {
  const free: readonly (readonly [html: string, free: boolean])[] = [
    ["<h1>Title</h1>", true],
    ["<div tabindex='0'>log</div>", true],
    ["<button data-talk=''><svg></svg></button>", true],
    ["<button><svg></svg></button>", false],
    ["<input>", false],
    ["<textarea></textarea>", false],
    ["<a href='#'>link</a>", false],
    ["<div contenteditable='true'>text</div>", false],
    ["<span role='switch' tabindex='0'></span>", false],
    ["<details><summary>more</summary></details>", true],
  ];
  test.each(free)("on %s is free: %s", (html, is) => {
    document.body.innerHTML = html;
    expect(isSpaceFree(document.body.firstElementChild)).toBe(is);
    document.body.innerHTML = "";
  });
  test("is free where nothing has the focus", () => {
    expect(isSpaceFree(null)).toBe(true);
    expect(isSpaceFree(document.body)).toBe(true);
  });
});
