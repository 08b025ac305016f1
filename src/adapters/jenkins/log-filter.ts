import type { BodyFilter } from "../../core/adapter.ts";
import { createXmlLogFilter } from "./log-filter-xml.ts";

/**
 * Removes the build log from a notification while it arrives: Pipegauge does not use it, and it may be of any size (`loglines`
 * -1 sends all of it). `log` is in the middle of `build`, before artifacts and test results, so keeping only the beginning
 * would lose them: the fields in the order of
 * https://github.com/jenkinsci/notification-plugin/blob/master/src/main/java/com/tikal/hudson/plugins/notification/model/BuildState.java
 * as Gson and XStream write them. What is left is the same notification with an empty log.
 */
export function createLogFilter(): BodyFilter {
  let filter: BodyFilter | undefined;
  return (chunk) => {
    filter ??= chosenFor(chunk);
    return filter?.(chunk) ?? [chunk];
  };
}

/** Chooses by the first byte that is neither space nor part of a byte order mark; without one the next chunk decides. */
function chosenFor(chunk: Uint8Array): BodyFilter | undefined {
  const first = chunk.find((byte) => byte > space && !byteOrderMark.has(byte));
  if (first === undefined) return undefined;
  return first === lessThan ? createXmlLogFilter() : createJsonLogFilter();
}

const byteOrderMark: ReadonlySet<number> = new Set([0xef, 0xbb, 0xbf]);
const [space, quote, comma, lessThan, backslash] = [0x20, 0x22, 0x2c, 0x3c, 0x5c];
const [openList, closeList, openMap, closeMap] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Deeper than any notification, and than what is parsed later: below this depth nothing is removed. */
const depthMax = 64;
/** Characters of a key that are compared: enough to distinguish the keys that matter. */
const keyMax = 8;

interface Container {
  readonly isMap: boolean;
  /** The notification, what a CloudEvent carries, and its build; anything else may hold names that people chose. */
  readonly role: "root" | "data" | "build" | undefined;
}

function findRole(key: string, parent: Container | undefined): Container["role"] {
  if (parent === undefined) return "root";
  if (key === "build" && (parent.role === "root" || parent.role === "data")) return "build";
  return key === "data" && parent.role === "root" ? "data" : undefined;
}

/** JSON: removes the text that is the value of `log` in the value of `build`. In invalid JSON it removes nothing or the same. */
function createJsonLogFilter(): BodyFilter {
  const open: Container[] = [];
  let [key, expectsKey, inString, isKey, dropping, escaped, lost] = ["", false, false, false, false, false, false];

  /** The position of the quote that ends the text; -1: the text continues in the next chunk. */
  function endOfText(chunk: Uint8Array, from: number): number {
    let start = escaped ? from + 1 : from;
    escaped = false;
    for (;;) {
      const found = chunk.indexOf(quote, start);
      const end = found < 0 ? chunk.length : found;
      let before = end - 1;
      while (before >= start && chunk[before] === backslash) before--;
      const isEscaped = (end - 1 - before) % 2 === 1;
      if (found < 0) {
        escaped = isEscaped;
        return -1;
      }
      if (!isEscaped) return found;
      start = found + 1;
    }
  }

  function beginText(): void {
    inString = true;
    isKey = expectsKey;
    if (isKey) key = "";
    else dropping = key === "log" && open.at(-1)?.role === "build";
  }

  function structure(byte: number): void {
    if (byte === openMap || byte === openList) {
      open.push({ isMap: byte === openMap, role: findRole(key, open.at(-1)) });
      key = "";
      lost ||= open.length > depthMax;
    } else if (byte === closeMap || byte === closeList) open.pop();
    if (byte === openMap || byte === comma) expectsKey = open.at(-1)?.isMap === true;
    else if (byte === openList) expectsKey = false;
  }

  return (chunk) => {
    if (lost) return [chunk];
    const kept: Uint8Array[] = [];
    let keptFrom = 0;
    for (let at = 0; at < chunk.length; at++) {
      if (inString) {
        const end = endOfText(chunk, at);
        const stop = end < 0 ? chunk.length : end;
        if (isKey && key.length < keyMax)
          key += Buffer.from(chunk.subarray(at, stop)).toString("latin1").slice(0, keyMax);
        if (dropping) keptFrom = stop;
        if (end < 0) break;
        at = end;
        [inString, dropping, expectsKey] = [false, false, false];
      } else if (chunk[at] === quote) {
        beginText();
        if (dropping) kept.push(chunk.subarray(keptFrom, at + 1));
        if (dropping) keptFrom = at + 1;
      } else structure(chunk[at] as number);
    }
    if (keptFrom < chunk.length) kept.push(chunk.subarray(keptFrom));
    return kept;
  };
}
