import { withoutEmails } from "./redact.ts";

/** Characters that are kept. */
const titleMax = 200;
/** Characters that are looked at. */
const readMax = 4096;

/**
 * What a run is called, for people: without addresses (titles of commits hold them), and cut. `undefined` where there
 * is nothing to read.
 */
export function readTitle(text: string | null | undefined): string | undefined {
  const trimmed = text?.trim() ?? "";
  // Cut at a space, so that no address is cut in two and stays.
  const head = trimmed.length <= readMax ? trimmed : trimmed.slice(0, Math.max(0, trimmed.lastIndexOf(" ", readMax)));
  const title = withoutEmails(head).slice(0, titleMax).trim();
  return title === "" ? undefined : title;
}
