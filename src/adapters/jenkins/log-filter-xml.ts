import type { BodyFilter } from "../../core/adapter.ts";

const [opening, closing] = [Buffer.from("<log"), Buffer.from("</log>")];
const [space, slash, lessThan, greaterThan] = [0x20, 0x2f, 0x3c, 0x3e];

/**
 * XML: what is in the first element `log`. Texts have no `<` in XStream's XML, so the next `</log>` ends it:
 * https://x-stream.github.io/faq.html
 */
export function createXmlLogFilter(): BodyFilter {
  let state: "before" | "name" | "tag" | "log" | "after" = "before";
  /** How much of the tag that is looked for was seen last. */
  let matched = 0;
  let previous = 0;

  /** Whether `text` ends with this byte. Its first byte occurs in it only once, so a mismatch begins anew. */
  function ends(text: Uint8Array, byte: number): boolean {
    matched = byte === text[matched] ? matched + 1 : byte === lessThan ? 1 : 0;
    if (matched < text.length) return false;
    matched = 0;
    return true;
  }

  /** The state after this byte of what comes before the log. `<logger>` is another element; `<log/>` is empty. */
  function beforeLog(byte: number): typeof state {
    if (state === "before") return ends(opening, byte) ? "name" : "before";
    if (byte === greaterThan) return state === "tag" && previous === slash ? "after" : "log";
    return state === "name" && byte !== slash && byte > space ? "before" : "tag";
  }

  return (chunk) => {
    const kept: Uint8Array[] = [];
    let keptFrom = state === "log" ? chunk.length : 0;
    for (let at = 0; at < chunk.length && state !== "after"; at++) {
      if (matched === 0 && (state === "before" || state === "log")) {
        const next = chunk.indexOf(lessThan, at);
        if (next < 0) break;
        at = next;
      }
      const byte = chunk[at] as number;
      if (state === "log") {
        if (!ends(closing, byte)) continue;
        kept.push(closing);
        [state, keptFrom] = ["after", at + 1];
      } else {
        state = beforeLog(byte);
        previous = byte;
        if (state === "log") {
          kept.push(chunk.subarray(keptFrom, at + 1));
          keptFrom = chunk.length;
        }
      }
    }
    if (keptFrom < chunk.length) kept.push(chunk.subarray(keptFrom));
    return kept;
  };
}
