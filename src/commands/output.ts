import type { Flags, ReadFlags } from "../config/flags.ts";
import { AppError } from "../core/errors.ts";
import { didYouMean } from "../text/did-you-mean.ts";
import { formatJson } from "../text/json-text.ts";
import { quote } from "../text/quote.ts";

const formats = ["text", "json"] as const;

/** The flags of a command whose result programs may read. */
export const outputFlags: Flags = {
  output: { type: "string", short: "o", value: "<format>", words: formats, help: "text, or json for programs (text)" },
  json: { type: "boolean", help: "the same as --output json" },
};

/** Whether the result is printed as JSON. Throws `usage`. */
export function wantsJson({ values }: ReadFlags): boolean {
  return readFormat(values["output"], formats, "text") === "json" || values["json"] === true;
}

/** One of these words. Throws `usage` for another one, with the nearest. */
export function readFormat<W extends string>(given: string | true | undefined, words: readonly W[], fallback: W): W {
  if (typeof given !== "string") return fallback;
  const found = words.find((word) => word === given);
  if (found !== undefined) return found;
  const meant = didYouMean(given, words);
  const hint = meant === undefined ? `choose ${words.join(" or ")}` : `did you mean ${meant}?`;
  throw new AppError("usage", `--output: ${quote(given)} is not one of its values: ${hint}`);
}

/** Prints the result of a command on stdout: lines for people, or one JSON document for programs. */
export function printResult(json: boolean, lines: readonly string[], document: unknown): void {
  process.stdout.write(json ? `${formatJson(document)}\n` : lines.map((line) => `${line}\n`).join(""));
}
