import type { Price } from "../platform";
import { formatUsd } from "./format";
import { t } from "./i18n";

function isZero(decimal: string): boolean {
  return /^0+(\.0*)?$/.test(decimal.trim());
}

/** A price in a word or two, for a list. */
export function shortPrice(price: Price): string {
  switch (price.kind) {
    case "exact":
      return isZero(price.usd) ? t("price.free") : formatUsd(price.usd);
    case "range":
      return t("price.range", { min: formatUsd(price.min_usd), max: formatUsd(price.max_usd) });
    case "rate":
      return t("price.rate", { usd: formatUsd(price.usd), unit: price.unit });
    case "unknown":
      return t("price.unknown");
    default:
      return price satisfies never;
  }
}

/** How sure the price is, in a sentence. */
export function priceNote(price: Price): string {
  switch (price.kind) {
    case "exact":
      return isZero(price.usd) ? t("price.freeNote") : t("price.exactNote");
    case "range":
      return t("price.rangeNote");
    case "rate":
      return t("price.rateNote", { unit: price.unit });
    case "unknown":
      return price.reason;
    default:
      return price satisfies never;
  }
}
