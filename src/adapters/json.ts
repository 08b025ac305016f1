import { isUtf8 } from "node:buffer";
import { fail, succeed, type Result } from "../core/result.ts";

/** Real payloads nest about ten levels deep; far deeper ones only cost time. */
const depthMax = 64;

/**
 * The most values of a body, counted by brackets and commas. A genuine body has about one in 30 bytes, so the largest, of
 * 25 MB, has fewer; one with more takes seconds to parse, in which no other request is served.
 */
const valuesMax = 1_000_000;

/** A body below this size is parsed in microseconds however deep it nests, and nothing here walks it recursively. */
const smallBytes = 32_768;

/** Bytes to JSON: strict UTF-8, one byte order mark tolerated, nesting and number of values bounded before it is parsed. Never throws. */
export function decodeJson(body: Uint8Array): Result<unknown> {
  if (!isUtf8(body)) return fail("body is not valid UTF-8");
  const excess = body.length > smallBytes ? findExcess(body) : undefined;
  if (excess !== undefined) return fail(excess);
  const start = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
  const text = Buffer.from(body.buffer, body.byteOffset + start, body.byteLength - start).toString("utf8");
  try {
    return succeed(JSON.parse(text));
  } catch {
    return fail("body is not valid JSON");
  }
}

/** Counts brackets and commas outside strings. A plain loop over bytes: bodies may be megabytes long. */
function findExcess(body: Uint8Array): string | undefined {
  let depth = 0;
  let values = 0;
  let inString = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (inString) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x2c) values++;
    else if (byte === 0x7b || byte === 0x5b) {
      values++;
      if (++depth > depthMax) return `body nests deeper than ${depthMax} levels`;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return values > valuesMax ? `body has more than ${valuesMax} values` : undefined;
}
