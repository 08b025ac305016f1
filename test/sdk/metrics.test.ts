import { expect } from "chai";
import * as fc from "fast-check";
import { CollectorRegistry, Counter, Gauge, Histogram, Summary } from "../../src/sdk/index.ts";
import { parseExposition } from "../support/exposition/parser.ts";

const parse = async (registry: CollectorRegistry) => parseExposition(await registry.render(), "text");

describe("the SDK's registry", () => {
  it("shows one metric in several registries, under the namespace of each and with the same values", async () => {
    const [a, b] = [new CollectorRegistry({ namespace: "a" }), new CollectorRegistry({ namespace: "b" })];
    const seconds = new Histogram("seconds", "How long", ["job"], [a, b], { buckets: [1, 5] });
    seconds.labels("build").observe(3);
    const sizes = new Summary("bytes", "How much", [], [a, b]);
    sizes.observe(7);

    for (const [registry, name] of [
      [a, "a"],
      [b, "b"],
    ] as const) {
      const families = await parse(registry);
      expect([...families.keys()]).to.deep.equal([`${name}_seconds`, `${name}_bytes`]);
      const samples = families.get(`${name}_seconds`)?.samples.map(({ name: sample, value }) => [sample, value]);
      expect(samples).to.deep.equal([
        [`${name}_seconds_bucket`, 0],
        [`${name}_seconds_bucket`, 1],
        [`${name}_seconds_bucket`, 1],
        [`${name}_seconds_sum`, 3],
        [`${name}_seconds_count`, 1],
      ]);
    }
    expect(await seconds.render()).to.include('seconds_count{job="build"} 1');
  });

  it("renders in the order of registration, or by name", async () => {
    const registry = new CollectorRegistry({ metrics: [new Gauge("b", "B"), new Gauge("a", "A")] });

    expect([...(await parse(registry)).keys()]).to.deep.equal(["b", "a"]);
    const sorted = parseExposition(await registry.render({ sorted: true }), "text");
    expect([...sorted.keys()]).to.deep.equal(["a", "b"]);
  });

  it("refuses another metric of the same name", () => {
    const registry = new CollectorRegistry({ metrics: [new Counter("x", "X")] });

    expect(() => new Gauge("x", "Y", [], registry)).to.throw("another metric called x is already in this registry");
  });

  it("refuses a namespace that makes no metric name", () => {
    expect(() => new CollectorRegistry({ namespace: "my app" })).to.throw(TypeError, '"my app" is not a metric name');
  });

  it("escapes all characters in help and label values", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme-ascii" }), async (text) => {
        const registry = new CollectorRegistry();
        new Gauge("g", `help ${text}`, ["label"], registry).labels(text).set(1);
        const [sample] = (await parse(registry)).get("g")?.samples ?? [];

        expect(sample?.labels.get("label")).to.equal(text);
      }),
    );
  });
});

describe("the SDK's metrics", () => {
  const misuses: readonly (readonly [what: string, use: () => unknown, message: string])[] = [
    ["no name", () => new Counter("", "help"), '"" is not a metric name'],
    ["no help", () => new Counter("a", ""), "metric a needs a help text"],
    ["a label kept for Prometheus", () => new Gauge("a", "h", ["__x"]), 'metric a: label "__x" begins with "__"'],
    ["a label with a colon", () => new Gauge("a", "h", ["b:c"]), 'metric a: "b:c" is not a label name'],
    ["a label twice", () => new Gauge("a", "h", ["b", "b"]), "metric a: a label name stands twice: b, b"],
    ["le on a histogram", () => new Histogram("a", "h", ["le"]), 'metric a: label "le" is set by the metric itself'],
    ["quantile on a summary", () => new Summary("a", "h", ["quantile"]), 'metric a: label "quantile" is set by'],
    [
      "a label left out",
      () => new Counter("a", "h", ["b"]).inc(),
      "metric a has the labels b, so it needs 1 label val",
    ],
    ["a label too many", () => new Gauge("a", "h").labels("x"), "metric a has no labels, but got 1 label values"],
    [
      "a label value that is no text",
      () => new Gauge("a", "h", ["b"]).labels(undefined as unknown as string),
      "metric a: the value of label b must be a text, not undefined",
    ],
    ["NaN in a counter", () => new Counter("a", "h").inc(Number.NaN), "metric a: NaN is not a number"],
    ["NaN in a gauge", () => new Gauge("a", "h").set(Number.NaN), "metric a: NaN is not a number"],
    ["NaN in a summary", () => new Summary("a", "h").observe(Number.NaN), "metric a: NaN is not a number"],
    ["NaN in a histogram", () => new Histogram("a", "h").observe(Number.NaN), "metric a: NaN is not a number"],
    ["a text as number", () => new Gauge("a", "h").set("3" as unknown as number), 'metric a: "3" is not a number'],
    [
      "a text to take off a gauge",
      () => new Gauge("a", "h").dec("5" as unknown as number),
      'metric a: "5" is not a number',
    ],
    ["less in a counter", () => new Counter("a", "h").inc(-1), "metric a is a counter: it cannot go down by 1"],
    [
      "buckets out of order",
      () => new Histogram("a", "h", [], [], { buckets: [5, 1] }),
      "metric a: buckets must be finite numbers in rising order, not 5, 1",
    ],
    [
      "the bucket that is always there",
      () => new Histogram("a", "h", [], [], { buckets: [1, Infinity] }),
      "metric a: buckets must be finite numbers in rising order, not 1, Infinity",
    ],
    ["no bucket", () => new Histogram("a", "h", [], [], { buckets: [] }), "metric a: buckets must be"],
  ];
  for (const [what, use, message] of misuses) {
    it(`say what is wrong: ${what}`, () => {
      expect(use).to.throw(Error, message);
    });
  }

  it("count with default steps, and take any number as a gauge", async () => {
    const counter = new Counter("c_total", "C");
    counter.inc();
    counter.inc(0.5);
    const gauge = new Gauge("g", "G");
    gauge.inc();
    gauge.dec(3);
    const infinite = new Gauge("i", "I");
    infinite.set(-Infinity);

    expect(await counter.render()).to.include("c_total 1.5\n");
    expect(await gauge.render()).to.include("g -2\n");
    expect(await infinite.render()).to.include("i -Inf\n");
  });

  it("keep a sum whole after a misuse", async () => {
    const summary = new Summary("s", "S");
    summary.observe(2);
    expect(() => summary.observe(Number.NaN)).to.throw(TypeError);

    expect(await summary.render()).to.include("s_sum 2\ns_count 1\n");
  });
});
