import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Adapter } from "../../../src/core/adapter.ts";
import type { Check, Fixtures } from "./check.ts";
import { clean, coverage, foreign, keys, pure, robust, stable, verbatim } from "./parsing.ts";
import { leavesMeaning, removesAddresses, valid } from "./redaction.ts";
import { everySecret, nothingForNothing } from "./secrets.ts";
import { readHttpFile } from "../payloads/http-file.ts";

/** What every adapter owes, by its name in the report. */
export const checks: Readonly<Record<string, Check>> = {
  "is shown what is observed, ignored and invalid, authentic and not": coverage,
  "never throws, whatever the bytes and headers, and says only what the ledger can take": robust,
  "is pure: the same request means the same, without a clock, and is left as it was": pure,
  "says of a fixture only what the ledger can take": clean,
  "keeps the provider's own word as it came": verbatim,
  "observes nothing in what other providers send": foreign,
  "identifies a delivery by what stays the same when it is sent again": keys,
  "names the source it was given and lets it change nothing else": stable,
  "takes every secret of several, and no other": everySecret,
  "takes no missing and no empty secret": nothingForNothing,
  "redacts once and for all, and leaves valid JSON valid": valid,
  "redacts e-mail addresses": removesAddresses,
  "redacts nothing that parse reads": leavesMeaning,
};

/** The suite for one adapter, for use at the top of a test file. */
export function conform(adapter: Adapter, fixtures: Fixtures): void {
  describe(`${adapter.name} adapter: conformance`, () => {
    for (const [name, check] of Object.entries(checks)) {
      it(name, async () => {
        expect(await runCheck(check, adapter, fixtures)).to.deep.equal([]);
      });
    }
  });
}

/** An adapter that throws where it must not has a problem, and the suite has none. */
export async function runCheck(check: Check, adapter: Adapter, fixtures: Fixtures): Promise<readonly string[]> {
  try {
    return await check(adapter, fixtures);
  } catch (error) {
    return [`threw: ${String(error)}`];
  }
}

/** The fixtures in a provider's `testdata`: all `.http` files, and `secrets.json`. */
export function fixturesIn(folder: string): Pick<Fixtures, "secrets" | "own"> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".http"));
  return {
    secrets: JSON.parse(readFileSync(join(folder, "secrets.json"), "utf8")) as string[],
    own: names.map((name) => ({ name, request: readHttpFile(join(folder, name)).request })),
  };
}
