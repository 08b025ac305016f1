import { expect } from "chai";
import * as fc from "fast-check";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { jenkins } from "../../src/adapters/jenkins/index.ts";
import { redact } from "../../src/adapters/jenkins/redact.ts";
import type { Parsed } from "../../src/core/adapter.ts";
import { requireCaptures } from "../support/captures.ts";
import { fixtureNow, readHttpFile } from "../support/payloads/http-file.ts";
import { fixtures, observations, request, testdata } from "../support/payloads/jenkins.ts";

describe("jenkins adapter: any bytes", () => {
  const kinds = ["observed", "ignored", "invalid"];

  it("never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom("", "<", "{", "<job>"), (bytes, start) => {
        const body = new Uint8Array([...new TextEncoder().encode(start), ...bytes]);
        expect(jenkins.parse(request(body), "jenkins").kind).to.be.oneOf(kinds);
        redact(new TextDecoder().decode(body));
      }),
    );
  });

  it("never throws on a fixture with some bytes changed, cut off or swapped for odd values", () => {
    const whole = fixtures.map((name) => readHttpFile(join(testdata, name)).request);
    const odd = fc.constantFrom("null", "-1", "1e400", '"\\u0000\\ud800"', "[]", "{}", "<x>", "&#0;", "%", "__proto__");
    fc.assert(
      fc.property(fc.constantFrom(...whole), fc.nat(), fc.nat({ max: 40 }), odd, (original, from, length, value) => {
        const text = new TextDecoder().decode(original.body);
        const at = from % (text.length + 1);
        const body = new TextEncoder().encode(text.slice(0, at) + value + text.slice(at + length));
        expect(jenkins.parse({ ...original, body }, "jenkins").kind).to.be.oneOf(kinds);
        expect(jenkins.parse({ ...original, body: body.subarray(0, at) }, "jenkins").kind).to.be.oneOf(kinds);
      }),
      { numRuns: 1000 },
    );
  });

  it("never throws on odd values in the fields it reads", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.string(), (value, other, phase) => {
        for (const field of [
          "url",
          "full_url",
          "timestamp",
          "duration",
          "status",
          "scm",
          "parameters",
          "test_summary",
        ]) {
          const body = JSON.stringify({ url: other, build: { phase, [field]: value } }, (_, v: unknown) =>
            typeof v === "bigint" ? String(v) : v,
          );
          expect(jenkins.parse(request(body), "jenkins").kind).to.be.oneOf(kinds);
        }
      }),
    );
  });
});

describe("jenkins adapter: captured deliveries", () => {
  let captures = "";
  before(function () {
    captures = requireCaptures.call(this, "jenkins");
  });

  function capture(name: string): Parsed {
    const file = join(captures, name);
    const headers: Record<string, string> = {};
    const lines = file.replace(/\.(json|xml)$/, ".headers");
    for (const line of existsSync(lines) ? readFileSync(lines, "utf8").split("\n") : []) {
      const at = line.indexOf(": ");
      if (at > 0) headers[line.slice(0, at).toLowerCase()] = line.slice(at + 2).trim();
    }
    return jenkins.parse(request(readFileSync(file), headers), "jenkins");
  }

  it("understands every one that is about a build, and ignores the others", () => {
    const names = readdirSync(captures, { recursive: true }).map(String);
    const bodies = names.filter((name) => /\.(json|xml)$/.test(name));
    expect(bodies.length).to.be.above(30);
    for (const name of bodies) {
      const notABuild = /jenkinsci\.(job\.(created|updated)|node|queue)/.test(name);
      expect(capture(name).kind, name).to.equal(notABuild ? "ignored" : "observed");
    }
  });

  it("reads the facts that a person reads", () => {
    const [queued] = observations(capture("gen119-json-freestyle-success-queued.json"));
    expect(queued.queuedAt).to.equal(1795216644289);
    const [started] = observations(capture("gen119-json-freestyle-success-started.json"));
    const [completed] = observations(capture("gen119-json-freestyle-success-completed.json"));
    expect(started.startedAt).to.equal(1795216649519);
    expect(completed.startedAt).to.equal(1795216649519);
    expect(completed.facts).to.include({ project: "asgard", ref: "master", finishedAt: 1795216651266 });
    expect(completed.facts.durationSeconds).to.equal(1.747);
    const [branch] = observations(capture("gen119-json-multibranch-failure-finalized.json"));
    expect(branch.run).to.equal("job/org/job/shop/job/feature%252Flogin/7/");
    expect(branch.facts).to.include({ pipeline: "org/shop", ref: "feature/login", result: "failure" });
    const [oldest] = observations(capture("idobata-finished_old.json"));
    expect(oldest.facts).to.include({ number: "148", result: "success", finishedAt: fixtureNow });
    const [event] = observations(capture("other-senders/cloudevents-plugin-org.jenkinsci.job.finalzed.json"));
    expect(event.facts).to.include({ project: "test2", ref: "main", durationSeconds: 5.583 });
  });
});
