import { expect } from "chai";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { CollectorRegistry, createTimings, Gauge, timer, writeTextfile } from "../../src/sdk/index.ts";
import { parseExposition } from "../support/exposition/parser.ts";
import { freshFolder } from "../support/folder.ts";

describe("writeTextfile", () => {
  const folder = freshFolder();

  it("writes the exposition for others to read, and leaves nothing else behind", async () => {
    const registry = new CollectorRegistry();
    const size = new Gauge("app_bytes", "Size of the app", [], registry);
    const path = join(folder(), "metrics.txt");
    size.set(1);
    await writeTextfile(path, registry);
    size.set(2);
    await writeTextfile(path, registry);

    expect(readFileSync(path, "utf8")).to.equal(
      "# HELP app_bytes Size of the app\n# TYPE app_bytes gauge\napp_bytes 2\n",
    );
    expect(statSync(path).mode & 0o444).to.equal(0o444);
    expect(readdirSync(folder())).to.deep.equal(["metrics.txt"]);
  });

  it("shows a reader the old text or the new one, never a part", async () => {
    const registry = new CollectorRegistry();
    const many = new Gauge("g", "Many series", ["n"], registry);
    for (let n = 0; n < 2000; n++) many.labels(n).set(1);
    const path = join(folder(), "metrics.prom");
    await writeTextfile(path, registry);
    const whole = readFileSync(path, "utf8").length;

    const sizes = new Set<number>();
    for (let i = 0; i < 20; i++) {
      const writing = { isDone: false };
      const written = writeTextfile(path, registry).finally(() => (writing.isDone = true));
      while (!writing.isDone) {
        sizes.add(readFileSync(path, "utf8").length);
        await new Promise(setImmediate);
      }
      await written;
    }

    expect([...sizes]).to.deep.equal([whole]);
  });

  it("leaves no file behind where it cannot write", async () => {
    const path = join(folder(), "missing", "metrics.txt");
    const failed = await writeTextfile(path, new CollectorRegistry()).catch((error: Error) => error);

    expect(failed).to.be.an("error").with.property("code", "ENOENT");
    expect(existsSync(path)).to.equal(false);
  });
});

describe("timings", () => {
  async function executions(registry: CollectorRegistry): Promise<Record<string, number>> {
    const samples = parseExposition(await registry.render(), "text").get("execution_seconds")?.samples ?? [];
    const counts = samples.filter(({ name }) => name.endsWith("_count"));
    return Object.fromEntries(counts.map(({ labels, value }) => [labels.get("function") ?? "", value]));
  }

  it("observe functions by name: plain, waiting, and failing ones", async () => {
    const registry = new CollectorRegistry();
    const { observe, timed } = createTimings(registry, "Sizes");
    const measure = timed(function measure(a: number, b: number) {
      return a + b;
    });
    const load = timed(async function load() {
      await new Promise(setImmediate);
      throw new Error("not there");
    });

    expect(measure(1, 2)).to.equal(3);
    expect(measure(3, 4)).to.equal(7);
    expect(await load().catch((error: Error) => error.message)).to.equal("not there");
    expect(observe("step", () => "done")).to.equal("done");
    expect(() =>
      observe("step", () => {
        throw new Error("broken");
      }),
    ).to.throw("broken");

    expect(await executions(registry)).to.deep.equal({ "Sizes.measure": 2, "Sizes.load": 1, "Sizes.step": 2 });
  });

  it("ask for a name where there is none", () => {
    const { timed } = createTimings(new CollectorRegistry());

    expect(() => timed(() => 1)).to.throw(TypeError, "use observe(name, work)");
  });

  it("measure seconds to the millisecond", async () => {
    const elapsed = timer();
    while (elapsed() === 0) await new Promise(setImmediate);

    const millis = elapsed() * 1000;
    expect(millis).to.be.closeTo(Math.round(millis), 1e-6).and.above(0);
  });
});
