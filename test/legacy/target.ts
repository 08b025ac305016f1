import { randomBytes } from "node:crypto";
import { testServers, type Answer } from "../support/server/server.ts";
import { parseExposition } from "../support/exposition/parser.ts";

/**
 * What the contract suites of the older APIs talk to: a server in this process, or with `LEGACY_BASE_URL` any other, such
 * as the older tool itself. `LEGACY_PSK` is the key that one asks for.
 */
export interface Target {
  ask(path: string, init?: RequestInit): Promise<Answer>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** The lines of `GET /metrics` about this metric: its HELP, its TYPE and its samples, as they stand there. */
  lines(metric: string): Promise<string[]>;
  /** The value of one sample, labels as they are written; 0 where it is not shown. */
  value(sample: string): Promise<number>;
}

const remote = process.env["LEGACY_BASE_URL"]?.replace(/\/$/, "");
const key = process.env["LEGACY_PSK"];

/** For use in a `describe`: the target, made anew for the whole suite. */
export function legacyTarget(): () => Target {
  let target: Target | undefined;
  const serve = testServers("shared");
  before("have something to talk to", async () => {
    target = targetAt(remote ?? (await serve()).url);
  });
  return () => target as Target;
}

/** A word that was never used before: the counts of a server that others also use begin at 0. */
export function freshWord(): string {
  return `t${randomBytes(5).toString("hex")}`;
}

export function targetAt(base: string): Target {
  async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
    const authorization = key === undefined ? {} : { authorization: `PRPC ${key}` };
    const headers = { ...authorization, ...(init.headers as Record<string, string> | undefined) };
    const response = await fetch(base + path, { ...init, headers });
    const text = await response.text();
    const isJson = (response.headers.get("content-type") ?? "").startsWith("application/json");
    const json = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
    return { status: response.status, headers: response.headers, text, json };
  }
  const scraped = async () => (await ask("/metrics")).text.split("\n");
  return {
    ask,
    post: (path, body, headers = {}) =>
      ask(path, { method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body) }),
    lines: async (metric) => (await scraped()).filter((line) => line.split(/[ {]/).includes(metric)),
    async value(sample) {
      const line = (await scraped()).find((candidate) => candidate.startsWith(`${sample} `));
      return line === undefined ? 0 : Number(line.slice(sample.length + 1));
    },
  };
}

/** What a scrape shows of an older API, parsed strictly: metric → labels → value. */
export function readSamples(text: string, prefix: string): Record<string, number> {
  const families = [...parseExposition(text, "text").values()];
  return Object.fromEntries(
    families
      .flatMap(({ samples }) => samples)
      .filter(({ name }) => name.startsWith(prefix))
      .map(({ name, labels, value }) => [`${name}${JSON.stringify(Object.fromEntries(labels))}`, value]),
  );
}
