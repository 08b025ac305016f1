import { withoutJsonEmails } from "../src/adapters/redact.ts";
import { atMost, ratio, type Finding } from "./report.ts";

const ratioMax = 0.8;
const bodyBytes = 5_000_000;

/** What the redaction of a dead letter means, as one pattern: it tries 64 characters at every place of a text. */
const pattern =
  /\\u(?!0040)[0-9A-Fa-f]{4}|\\[^u]|[A-Za-z0-9._%+-]{1,64}(?:@|\\u0040)(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z][A-Za-z0-9-]{1,62}/g;

/** Bodies that are broken on purpose, whose redaction keeps everybody else waiting, against the pattern. */
export async function measureRedaction(): Promise<Finding[]> {
  return ["a", String.raw`\u0040`].map((unit) => {
    const body = `{"x":"${unit.repeat(bodyBytes / unit.length)}`;
    const times = { ours: Infinity, pattern: Infinity };
    for (let round = 0; round < 5; round++) {
      times.pattern = Math.min(
        times.pattern,
        measureMillis(() => body.replace(pattern, (found) => found)),
      );
      times.ours = Math.min(
        times.ours,
        measureMillis(() => withoutJsonEmails(body)),
      );
    }
    const what = `redaction of ${bodyBytes / 1_000_000} MB of ${unit}, against one pattern`;
    return atMost(what, times.ours / times.pattern, ratioMax, ratio);
  });
}

function measureMillis(work: () => string): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}
