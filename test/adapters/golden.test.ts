import { expect } from "chai";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { adapters } from "../../src/adapters/index.ts";
import type { Adapter } from "../../src/core/adapter.ts";
import { readHttpFile } from "../support/payloads/http-file.ts";

const update = process.env["UPDATE_GOLDEN"] === "1";

/** Golden pairs: `<case>.http` (a raw request) → `<case>.golden.json` (everything the adapter says about it). */
for (const adapter of adapters as readonly Adapter[]) {
  const folder = join(import.meta.dirname, "../../src/adapters", adapter.name, "testdata");
  const secrets = JSON.parse(readFileSync(join(folder, "secrets.json"), "utf8")) as string[];
  const cases = readdirSync(folder).filter((name) => name.endsWith(".http"));

  describe(`${adapter.name} adapter: golden pairs`, () => {
    it("has cases", () => {
      expect(cases).to.not.be.empty;
    });

    for (const name of cases) {
      it(name.replace(".http", "").replaceAll("-", " "), async () => {
        const { request } = readHttpFile(join(folder, name));

        const result = {
          deliveryKey: adapter.deliveryKey(request) ?? null,
          verified: await adapter.verify(request, secrets),
          parsed: adapter.parse(request, adapter.name),
        };

        const golden = join(folder, name.replace(/\.http$/, ".golden.json"));
        if (update && process.env["CI"] !== "true") writeFileSync(golden, `${JSON.stringify(result, null, 2)}\n`);
        expect(existsSync(golden), `no ${golden}: run UPDATE_GOLDEN=1 npm test, and read what it wrote`).to.be.true;
        expect(JSON.parse(JSON.stringify(result))).to.deep.equal(JSON.parse(readFileSync(golden, "utf8")));
      });
    }
  });
}
