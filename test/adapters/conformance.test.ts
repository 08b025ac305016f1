import { join } from "node:path";
import { adapters } from "../../src/adapters/index.ts";
import type { Adapter } from "../../src/core/adapter.ts";
import { conform, fixturesIn } from "../support/conformance/index.ts";
import { toy, toyFixtures } from "../support/conformance/toy-adapter.ts";

const all = (adapters as readonly Adapter[]).map((adapter) => ({
  adapter,
  ...fixturesIn(join(import.meta.dirname, "../../src/adapters", adapter.name, "testdata")),
}));

for (const { adapter, secrets, own } of all) {
  const others = all.filter((other) => other.adapter !== adapter);
  const foreign = others.flatMap((other) =>
    other.own.map(({ name, request }) => ({ name: `${other.adapter.name}/${name}`, request })),
  );
  conform(adapter, { secrets, own, foreign });
}

// Nothing but the adapter and its fixtures is needed for one more provider.
conform(toy, { ...toyFixtures, foreign: all.flatMap(({ own }) => own) });
