import { describe, expect, test } from "vitest";

import { stepped } from "../components/TextInput";
import { ERRORS, readError } from "./errors";
import { formatBytes, formatCategory, formatPercent, formatSeconds, formatUsd } from "./format";
import { isComposing } from "./keyboard";
import { paths } from "./paths";
import { priceNote, shortPrice } from "./price";
import { isSettled, RUN_STATES, statusWords } from "./run-words";

test.each([
  ["0", "$0.00"],
  ["0.002", "$0.002"],
  ["0.00150", "$0.0015"],
  ["12", "$12.00"],
  ["0.1", "$0.10"],
  ["123456789012345678.123456789", "$123456789012345678.123456789"],
  ["-3.5", "-$3.50"],
  ["odd", "$odd"],
])("money %s reads %s", (decimal, words) => {
  expect(formatUsd(decimal)).toBe(words);
});

test.each([
  [0, "0 B"],
  [1023, "1,023 B"],
  [1024, "1 KB"],
  [104_857_600, "100 MB"],
  [2_411_724, "2.3 MB"],
  [5_368_709_120, "5 GB"],
])("%d bytes read %s", (bytes, words) => {
  expect(formatBytes(bytes)).toBe(words);
});

test.each([
  [0.5, "50%"],
  [0.998, "99.8%"],
  [1, "100%"],
  [0, "0%"],
])("a share of %d reads %s", (share, words) => {
  expect(formatPercent(share)).toBe(words);
});

test.each([
  [3.21, "3.2 s"],
  [45, "45 s"],
  [125, "2 min 5 s"],
])("%d seconds read %s", (seconds, words) => {
  expect(formatSeconds(seconds)).toBe(words);
});

test("slugs become words and addresses", () => {
  expect(formatCategory("image-to-video")).toBe("Image to video");
  expect(formatCategory("llm-reasoning")).toBe("LLM reasoning");
  expect(formatCategory("3d-generation")).toBe("3D generation");
  expect(paths.model("a b/c?d")).toBe("/models/a%20b/c%3Fd");
});

describe("prices", () => {
  test.each([
    [{ kind: "exact", usd: "0.0" }, "Free"],
    [{ kind: "exact", usd: "0.04" }, "$0.04"],
    [{ kind: "range", min_usd: "0.01", max_usd: "0.2" }, "$0.01 to $0.20"],
    [{ kind: "rate", usd: "0.0001", unit: "second" }, "$0.0001 per second"],
    [{ kind: "unknown", reason: "Why not" }, "Not known"],
  ] as const)("%j reads %s", (price, words) => {
    expect(shortPrice(price)).toBe(words);
  });

  test("the reason of an unknown price is told", () => {
    expect(priceNote({ kind: "unknown", reason: "No rule fits." })).toBe("No rule fits.");
  });
});

test("every error has its own words", () => {
  const titles = Object.keys(ERRORS).map((code) => readError({ code: code as keyof typeof ERRORS, message: "", action: "none", retryable: false, detail: null, field: null }));
  expect(new Set(titles.map(({ title }) => title)).size).toBe(titles.length);
  for (const { title, body } of titles) {
    expect(title).not.toContain("errors.");
    expect(body).not.toContain("errors.");
  }
});

test("an error code of a later version is shown as a fault of the app", () => {
  expect(readError({ code: "future.code" as never, message: "", action: "none", retryable: false, detail: "x", field: null }).title).toBe("The app made a mistake");
});

test("every state has words, and knows whether it moves", () => {
  const moving = (Object.keys(RUN_STATES) as (keyof typeof RUN_STATES)[]).filter((state) => !isSettled(state));
  expect(moving).toEqual(["prepared", "sending", "waiting", "running", "collecting"]);
  expect(statusWords("task_queue")).toBe("In the queue");
  expect(statusWords("task_teleport")).toBe("task_teleport");
});

test("an input method's Enter is not ours", () => {
  expect(isComposing({ key: "Enter", keyCode: 229 })).toBe(true);
  expect(isComposing({ key: "Enter", keyCode: 13, nativeEvent: { isComposing: true } })).toBe(true);
  expect(isComposing({ key: "Enter", keyCode: 13 })).toBe(false);
});

test.each([
  ["1", 1, { min: 0, max: 4, step: 0.5 }, "1.5"],
  ["4", 1, { min: 0, max: 4, step: 0.5 }, "4.0"],
  ["", 1, { min: 5, max: null, step: null }, "5"],
  ["0.1", 1, { min: null, max: null, step: 0.2 }, "0.3"],
  ["abc", 1, { min: null, max: null, step: 1 }, "abc"],
  ["0", -1, { min: 0, max: null, step: 1 }, "0"],
] as const)("stepping %j by %d gives %s", (value, direction, bounds, next) => {
  expect(stepped(value, direction, bounds)).toBe(next);
});

function refused(message: string, detail: string | null = "HTTP 401") {
  return readError({ code: "auth.rejected", message, action: "check_credentials", retryable: false, detail, field: null });
}

describe("causes", () => {
  test.each([
    ["Project authorization is not founded.", /does not know this key/],
    ["Project requires signature authentication. x-signature and x-nonce headers are required.", /Enter its API secret/],
    ["Project authorization is not valid.", /secret does not belong/],
    ["Requested ip 2001:db8::7 is not allowed.", /2001:db8::7 is not one of them/],
    ["sign in to run this model", /signed in at Wiro/],
    ["Something new.", /Check the key and secret/],
  ])("a refusal with “%s” says what to do, and shows these words", (message, body) => {
    const words = refused(message);
    expect(words.body).toMatch(body);
    expect(words.detail).toBe(`${message} HTTP 401`);
  });

  test("a clock that is off is named where a signature was refused, not where the key is unknown", () => {
    const clock = "The clock of this machine differs by -3600 seconds from the service's.";
    expect(refused("Project authorization is not valid.", clock).body).toContain("off by 3600 seconds");
    expect(refused("Project authorization is not founded.", clock).body).toContain("does not know this key");
  });

  test.each([
    ["With your current balance of $50.00, you can run up to 5 tasks at the same time.", "Your balance of $50.00 allows 5 runs at a time. This one waits; nothing was charged."],
    ["With your current balance of $0.7, you can run up to 1 tasks at the same time.", "Your balance of $0.70 allows 1 run at a time. This one waits; nothing was charged."],
    ["You have reached your concurrent task limit.", "The account has as many runs as it may have at once. This one waits; nothing was charged."],
  ])("a full house with “%s” is explained", (message, body) => {
    expect(readError({ code: "limit.concurrent", message, action: "wait", retryable: true, detail: null, field: null }).body).toBe(body);
  });

  test("the floor of the wallet is named", () => {
    expect(readError({ code: "balance.insufficient", message: "Insufficient balance", action: "add_funds", retryable: false, detail: null, field: null }).body).toContain("$0.50");
  });
});
