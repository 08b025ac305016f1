import { expect } from "chai";
import { register } from "prom-client";
import { emptySnapshot } from "./snapshots.ts";
import { receivedOutcomes } from "../../src/metrics/definitions.ts";
import { joinExposition, renderLedger } from "../../src/metrics/exposition.ts";
import type { Format } from "../../src/metrics/format.ts";
import type { ProcessMetrics } from "../../src/metrics/process.ts";
import { renderProcessFamily } from "../../src/metrics/process-family.ts";
import { parseExposition } from "../support/exposition/parser.ts";
import { idleProcessMetrics } from "../support/exposition/process-metrics.ts";
import type { Family } from "../support/exposition/rules.ts";

const formats: readonly Format[] = ["text", "openmetrics"];

async function families(metrics: ProcessMetrics, format: Format = "text"): Promise<Map<string, Family>> {
  return parseExposition([...joinExposition([await metrics.render(format)], format)].join(""), format);
}

/** The samples of a family by their label values, joined. */
function values(family: Family | undefined): Record<string, number> {
  return Object.fromEntries(
    (family?.samples ?? []).map(({ labels, value }) => [[...labels.values()].join(" "), value]),
  );
}

function create(options: Parameters<typeof idleProcessMetrics>[0] = {}): ProcessMetrics {
  return idleProcessMetrics({ sources: ["gitlab", "tekton"], ...options });
}

describe("metrics of the process", () => {
  for (const format of formats) {
    it(`are valid ${format}, with every name of a source`, async () => {
      const metrics = create({ sources: ['a"b\\c\n', "\u0000\ud800", "x,outcome:y", "__proto__"], version: '"\n' });
      metrics.countDelivery("__proto__", "accepted", 0.01);
      metrics.countResponse(202);

      const parsed = await families(metrics, format);

      const samples =
        parsed.get(format === "text" ? "pipegauge_deliveries_total" : "pipegauge_deliveries")?.samples ?? [];
      expect(new Set(samples.map(({ labels }) => labels.get("source")))).to.deep.equal(
        new Set(['a"b\\c\n', "\ufffd\ufffd", "x,outcome:y", "__proto__"]),
      );
    });

    it(`share no family with the ledger's part in ${format}`, async () => {
      const text = [
        ...joinExposition([...renderLedger(emptySnapshot, format), await create().render(format)], format),
      ].join("");

      expect(() => parseExposition(text, format)).to.not.throw();
    });
  }

  it("count every outcome of every configured source from 0", async () => {
    const deliveries = values((await families(create())).get("pipegauge_deliveries_total"));

    expect(deliveries).to.deep.equal(
      Object.fromEntries(
        ["gitlab", "tekton"].flatMap((source) => receivedOutcomes.map((outcome) => [`${source} ${outcome}`, 0])),
      ),
    );
  });

  it("count deliveries with the time to their answer", async () => {
    const metrics = create();
    metrics.countDelivery("gitlab", "accepted", 0.03);
    metrics.countDelivery("gitlab", "accepted", 2);
    metrics.countDelivery("gitlab", "unauthorized", Number.NaN);

    const parsed = await families(metrics);

    const deliveries = values(parsed.get("pipegauge_deliveries_total"));
    expect([deliveries["gitlab accepted"], deliveries["gitlab unauthorized"]]).to.deep.equal([2, 1]);
    const samples = parsed.get("pipegauge_delivery_seconds")?.samples ?? [];
    const of = (ending: string) => samples.find(({ name }) => name.endsWith(ending))?.value;
    expect([of("_count"), of("_sum")]).to.deep.equal([2, 2.03]);
    expect(samples.find(({ labels }) => labels.get("le") === "0.05")?.value).to.equal(1);
  });

  it("never make a series of a source that is not configured", async () => {
    const metrics = create();
    for (let i = 0; i < 100; i++) metrics.countDelivery(`made-up-${i}`, "unauthorized", 0.001);

    const deliveries = values((await families(metrics)).get("pipegauge_deliveries_total"));

    expect(deliveries["__other__ unauthorized"]).to.equal(100);
    expect(Object.keys(deliveries)).to.have.length(2 * receivedOutcomes.length + 1);
  });

  it("add up sources whose names are equal once they are written", async () => {
    const metrics = create({ sources: ["a\u0000", "a\u0001"] });
    metrics.countDelivery("a\u0000", "accepted", 0.01);
    metrics.countDelivery("a\u0001", "accepted", 0.01);

    expect(values((await families(metrics)).get("pipegauge_deliveries_total"))["a\ufffd accepted"]).to.equal(2);
  });

  it("tell the version, the requests, the queue and the uptime", async () => {
    let waiting = 3;
    const metrics = create({ queueLength: () => waiting });
    metrics.countResponse(200);
    metrics.countResponse(200);
    metrics.countResponse(503);

    const first = await families(metrics);
    waiting = 5;
    const second = await families(metrics);

    expect(values(first.get("pipegauge_build_info"))).to.deep.equal({ [`1.2.3 ${process.version}`]: 1 });
    expect(values(first.get("server_requests_total"))).to.deep.equal({ "200": 2, "503": 1 });
    expect([first, second].map((parsed) => values(parsed.get("pipegauge_ledger_queue"))[""])).to.deep.equal([3, 5]);
    const [before = 0, after = 0] = [first, second].map(
      (parsed) => values(parsed.get("server_uptime_seconds_total"))[""],
    );
    expect(before).to.be.greaterThan(0).and.lessThan(after);
    expect(after).to.be.at.most(process.uptime());
  });

  it("say the same to scrapes that come at once", async () => {
    const metrics = create();
    metrics.countDelivery("gitlab", "accepted", 0.01);

    const scrapes = await Promise.all(Array.from({ length: 20 }, () => families(metrics)));

    for (const parsed of scrapes) {
      expect(values(parsed.get("pipegauge_deliveries_total"))["gitlab accepted"]).to.equal(1);
      expect(values(parsed.get("server_uptime_seconds_total"))[""]).to.be.at.most(process.uptime());
    }
  });

  it("tell in OpenMetrics that every total began with the process", async () => {
    const family = (await families(create(), "openmetrics")).get("pipegauge_deliveries");
    const created = family?.samples.filter(({ name }) => name === "pipegauge_deliveries_created") ?? [];

    expect(created).to.have.length(2 * receivedOutcomes.length);
    for (const { value } of created) expect(value).to.be.closeTo(Date.now() / 1000 - process.uptime(), 5);
  });

  it("leave out a metric that cannot be read, and only that", async () => {
    const metrics = create({
      queueLength: () => {
        throw new Error("no queue");
      },
    });

    const parsed = await families(metrics);

    expect(parsed.has("pipegauge_ledger_queue")).to.equal(false);
    expect(parsed.has("pipegauge_build_info")).to.equal(true);
  });

  it("come with prom-client's own, but for gauges that are named like counters", async () => {
    const parsed = await families(create());

    expect(parsed.get("process_cpu_seconds_total")?.type).to.equal("counter");
    expect(parsed.has("nodejs_eventloop_lag_seconds")).to.equal(true);
    for (const { name, type } of parsed.values()) expect(name.endsWith("_total"), name).to.equal(type === "counter");
  });

  it("keep away from prom-client's global registry", () => {
    create();

    expect(register.getMetricsAsArray()).to.deep.equal([]);
  });

  it("write every kind of family that prom-client has", () => {
    const labels = { quantile: 0.5, path: undefined, code: 200 };
    const summary = {
      name: "s",
      help: "h",
      type: "summary",
      values: [
        { labels, value: 1.5 },
        { labels: {}, value: NaN },
        { labels: {}, value: 3, metricName: "s_sum" },
        { labels: {}, value: 2, metricName: "s_count" },
      ],
    };
    const counter = { name: "odd", help: "h", type: "counter", values: [{ labels: {}, value: 1 }] };

    expect(renderProcessFamily(summary, 1500, "openmetrics").split("\n").slice(2, -1)).to.deep.equal([
      's{quantile="0.5",path="",code="200"} 1.5',
      "s_sum 3",
      "s_count 2",
      "s_created 1.5",
    ]);
    expect(renderProcessFamily(counter, 0, "text").split("\n")[2]).to.equal("odd 1");
    expect(renderProcessFamily(counter, 0, "openmetrics").split("\n")[2]).to.equal("odd_total 1");
    expect(renderProcessFamily({ ...counter, values: [] }, 0, "text")).to.equal("# HELP odd h\n# TYPE odd counter\n");
  });
});
