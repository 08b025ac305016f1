import { expect } from "chai";
import { parse } from "yaml";
import { at, ofKind, render, requireHelm, toText, type Tree } from "../support/helm/chart.ts";

describe("the chart's shards of the totals", function () {
  this.timeout(60_000);
  before(requireHelm);

  for (const [pods, values, shards] of [
    ["one pod", { replicaCount: 1 }, 1],
    ["three", { replicaCount: 3 }, 6],
    ["up to six", { replicaCount: 1, autoscaling: { enabled: true, maxReplicas: 6 } }, 12],
    ["more than shards can be", { replicaCount: 40 }, 64],
  ] as const) {
    it(`are two a pod on PostgreSQL, and one where there is one pod: ${pods}`, async () => {
      const database = { type: "postgres", url: "postgres://ci@db.example.com/ci" };

      const manifests = await render({ values: { database, config: { allowUnauthenticated: true }, ...values } });

      const texts = ofKind(manifests, "ConfigMap").map((map) => at(map, "data") as Tree);
      const file = texts.find((data) => data["pipegauge.yaml"] !== undefined)?.["pipegauge.yaml"];
      expect(parse(toText(file))).to.have.property("rollupShards", shards);
    });
  }
});
