import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ExporterSettings } from "../../../src/config/exporters.ts";
import { gatherText, loadModule } from "../../../src/exporters/load-module.ts";
import type { Reply, Seen } from "../../support/server/peer.ts";
import { parseExposition } from "../../support/exposition/parser.ts";

/** Runs an exporter that comes with the program, with a token in a file of the folder; its samples as `name{labels} value`. */
export async function gather(builtin: string, folder: string, settings: ExporterSettings): Promise<string[]> {
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, "t0ken\n");
  const module = await loadModule({ builtin });
  const text = await gatherText(module, { args: [], debug: false, settings: { tokenFile, ...settings } });
  return [...parseExposition(text, "text").values()].flatMap(({ samples }) =>
    samples.map(({ name, labels, value }) => {
      const shown = [...labels].map(([label, labelValue]) => `${label}=${labelValue}`).join(" ");
      return `${name}{${shown}} ${Math.round(value)}`;
    }),
  );
}

/** What went wrong, in words. */
export async function readProblem(gathering: Promise<unknown>): Promise<string> {
  return gathering.then(
    () => "nothing went wrong",
    (error: Error) => error.message,
  );
}

/** Answers by path without its query; `next` in the query of the last page is left out. Anything else is a 404. */
export function routes(table: Readonly<Record<string, (query: URLSearchParams) => Reply>>) {
  return ({ path }: Seen): Reply => {
    const url = new URL(path, "http://x");
    return table[url.pathname]?.(url.searchParams) ?? { status: 404, json: { message: "404 Not Found" } };
  };
}

/** Answers of `reply` that are held back until `size` requests wait for one: a client that sends one at a time never gets any. */
export function holdUntil(size: number, reply: (request: Seen) => Reply, isHeld: (path: string) => boolean) {
  const waiting: (() => void)[] = [];
  let most = 0;
  return {
    /** The most requests that waited at a time. */
    most: () => most,
    async answer(request: Seen): Promise<Reply> {
      if (isHeld(request.path)) {
        const released = new Promise<void>((resolve) => waiting.push(resolve));
        most = Math.max(most, waiting.length);
        // After those that are on their way, so that one too many is seen.
        if (waiting.length === size) setImmediate(() => waiting.splice(0).forEach((release) => release()));
        await released;
      }
      return reply(request);
    },
  };
}
