import { isUtf8 } from "node:buffer";

export type Decoded =
  | { readonly ok: true; readonly value: unknown; readonly text: string }
  | { readonly ok: false; readonly problem: string };

/** Real payloads nest about ten deep; what is far deeper only costs time. */
const depthMax = 64;

/** A body below this size is parsed in microseconds however deep it nests, and nothing here walks it recursively. */
const smallBytes = 32_768;

/** Bytes to JSON: strict UTF-8, one byte order mark tolerated, nesting bounded before it is parsed. Never throws. */
export function decodeJson(body: Uint8Array): Decoded {
  if (!isUtf8(body)) return { ok: false, problem: "body is not valid UTF-8" };
  if (body.length > smallBytes && tooDeep(body))
    return { ok: false, problem: `body nests deeper than ${depthMax} levels` };
  const start = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
  const text = Buffer.from(body.buffer, body.byteOffset + start, body.byteLength - start).toString("utf8");
  try {
    return { ok: true, value: JSON.parse(text), text };
  } catch {
    return { ok: false, problem: "body is not valid JSON" };
  }
}

/** Counts brackets outside strings. A plain loop over bytes: bodies may be megabytes long. */
function tooDeep(body: Uint8Array): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (inString) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > depthMax) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}
