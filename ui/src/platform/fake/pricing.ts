import type { AnswerInput, Answers, ModelDetail, Price } from "../types";

function text(answer: AnswerInput | undefined): string {
  return answer?.kind === "text" ? answer.value : "";
}

/** Prices that move with the answers, so that a window can show them moving. */
export function estimate(model: ModelDetail | undefined, answers: Answers): Price {
  if (model === undefined) return { kind: "unknown", reason: "There is no such model." };
  if (model.summary.model === "sandbox/upscale") {
    const scale = Number(text(answers["scale"]) || "2");
    return { kind: "exact", usd: (0.0005 * scale * scale).toFixed(4) };
  }
  if (model.summary.model === "sandbox/pattern") {
    const pixels = Number(text(answers["width"]) || "1024") * Number(text(answers["height"]) || "768");
    return { kind: "exact", usd: (pixels / 400_000_000).toFixed(5) };
  }
  return model.summary.price;
}
