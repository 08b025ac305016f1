import { fail, succeed, type Result } from "../core/result.ts";

/** The secrets that are valid now; of a file, its newest valid contents. */
export type Secrets = () => readonly string[];

/** How one text holds several secrets. */
export type Split = (text: string) => Result<readonly string[]>;

/** Control characters except the tab, and the character that replaces bytes that are not UTF-8. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const unusable = /[\u0000-\u0008\u000a-\u001f\u007f\ufffd]/;

/** Below this a secret can be guessed. Characters. */
const shortBelow = 16;

/** The number of secrets that are so short that they can be guessed; for a signing token the part after its prefix counts. */
export function countShortSecrets(values: readonly string[]): number {
  return values.filter((value) => value.replace(/^whsec_/, "").length < shortBelow).length;
}

/** Words of which the secrets of examples are made, ours and those of others. */
const placeholderWords =
  "change|me|it|this|replace|with|your|my|own|an?|the|secrets?|token|key|password|passwd|example|examples|here|insert|please|placeholder|webhook|gitlab|github|jenkins|tekton|pipegauge|default|sample|test|todo|xxx+";
const placeholder = new RegExp(`^(?:${placeholderWords})(?:[-_. ]?(?:${placeholderWords}))*$`, "i");

/** True for a secret of an example: `change-me`, `replace-with-your-secret`. */
export function isPlaceholder(value: string): boolean {
  return value.length <= 64 && placeholder.test(value.replace(/^<|>$/g, ""));
}

/** Several, for a rotation, stand between commas or on lines of their own. */
export function splitList(text: string): Result<readonly string[]> {
  return list(text.split(/[,\n]/));
}

/** A single secret that may hold a comma; several stand on lines of their own. */
export function splitLines(text: string): Result<readonly string[]> {
  return list(text.split("\n"));
}

function list(parts: readonly string[]): Result<readonly string[]> {
  const values = parts.map((part) => part.trim());
  if (values.every((value) => value === "")) return fail("is empty");
  // No header can contain such characters: the file is damaged, or it is another file.
  if (values.some((value) => unusable.test(value)))
    return fail("has a character that no header can carry: is it a text in UTF-8?");
  if (values.includes("")) return fail("has an empty entry: look for a comma or an empty line too many");
  return succeed([...new Set(values)]);
}
