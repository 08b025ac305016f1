import { expect } from "chai";
import { getAdapter } from "../../src/adapters/index.ts";
import type { RawRequest } from "../../src/core/adapter.ts";
import type { Observation } from "../../src/core/model.ts";
import {
  compactPayload,
  firstId,
  isSigned,
  payloads,
  requestTemplate,
  secret,
  createSignature,
  signatures,
} from "../../bench/payloads.ts";
import type { Payload } from "../../bench/payloads.ts";
import { fill } from "../../bench/payloads/text.ts";
import { parseWrkOutput } from "../../bench/wrk.ts";

const now = new Date("2026-05-21T16:06:02Z");
const compact = compactPayload(now);
const all = Object.values(payloads(now));

/** The request that load.lua sends for this id. */
function createRequest(payload: Payload, id: number): RawRequest {
  const headers = Object.entries(payload.headers).map(([name, value]) => [
    name.toLowerCase(),
    fill(value, id, now, createSignature(payload, id)),
  ]);
  return {
    headers: Object.fromEntries(headers) as Record<string, string>,
    query: new URLSearchParams(),
    body: Buffer.from(fill(payload.body, id, now)),
    receivedAt: now.getTime(),
  };
}

function observed(payload: Payload, id: number): Observation {
  const parsed = getAdapter(payload.provider).parse(createRequest(payload, id), payload.provider);
  if (parsed.kind !== "observed") throw new Error(JSON.stringify(parsed));
  expect(parsed).not.to.have.property("problems");
  expect(parsed.observations).to.have.length(1);
  return parsed.observations[0];
}

describe("the benchmark's payloads", () => {
  for (const payload of [...all, compact]) {
    describe(payload === compact ? "gitlab, compact" : payload.provider, () => {
      const adapter = getAdapter(payload.provider);

      it("are understood as one finished run with its jobs", () => {
        const run = observed(payload, firstId);
        expect(run.facts.result).to.equal("success");
        expect(run.completion).to.be.a("string");
        const finished = (run.jobs ?? []).filter((job) => job.facts.state === "finished" && job.facts.result !== null);
        expect(finished).to.have.length(payload.jobs);
      });

      it("are different runs, jobs and deliveries for different ids", () => {
        const [a, b] = [observed(payload, firstId), observed(payload, firstId + 1)];
        expect(a.run).not.to.equal(b.run);
        expect(a.facts.pipeline, "pipeline").to.equal(b.facts.pipeline);
        const jobs = [...(a.jobs ?? []), ...(b.jobs ?? [])].map(({ job }) => job);
        expect(new Set(jobs).size).to.equal(2 * payload.jobs);
        const [first, second] = [createRequest(payload, firstId), createRequest(payload, firstId + 1)];
        const key = (request: RawRequest) => adapter.deliveryKey(request) ?? Buffer.from(request.body).toString();
        expect(key(first)).not.to.equal(key(second));
      });

      it("carry the proof that the provider's sender would give, and no other secret is proven", async () => {
        const request = createRequest(payload, firstId + 7);
        expect(await adapter.verify(request, [secret])).to.equal(true);
        expect(await adapter.verify(request, ["another secret"])).to.equal(false);
      });

      it("have one length, which is the one that the request states", () => {
        const request = fill(requestTemplate(payload, "127.0.0.1:8080"), firstId + 998_877, now, "0".repeat(64));
        const [head = "", body = ""] = request.split("\r\n\r\n");
        expect(head).to.match(new RegExp(`^POST ${payload.path} HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n`));
        expect(Number(/Content-Length: (\d+)/.exec(head)?.[1])).to.equal(Buffer.byteLength(body));
        expect(request).not.to.include("{{");
      });
    });
  }

  it("of GitLab are of a realistic size, with twelve jobs", () => {
    const { gitlab } = payloads(now);
    expect(gitlab.jobs).to.equal(12);
    expect(fill(gitlab.body, firstId, now).length).to.be.within(8000, 10_000);
    expect(fill(compact.body, firstId, now).length).to.be.within(7250, 7350);
  });

  it("of GitLab say the same of a run whether they are compact or not", () => {
    expect(observed(compact, firstId)).to.deep.equal(observed(payloads(now).gitlab, firstId));
  });

  it("are signed ahead, a line each, where the signature covers the body", () => {
    const signed = all.filter(isSigned);
    expect(signed.map(({ provider }) => provider)).to.deep.equal(["github"]);
    const [github] = signed as [Payload];
    const lines = signatures(github, firstId, 3).split("\n");
    expect(lines).to.deep.equal([0, 1, 2].map((i) => createSignature(github, firstId + i)).concat(""));
    expect(lines[0]).to.match(/^[0-9a-f]{64}$/);
    // Another moment would be another body than the one that was signed.
    expect(fill(github.body, firstId, new Date(0))).to.equal(fill(github.body, firstId, now));
  });
});

describe("wrk's report", () => {
  const report = (more = "", p99 = "41.20ms") => `Running 3s test @ http://127.0.0.1:40211/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    14.02ms    6.11ms  88.45ms   81.33%
    Req/Sec     4.41k   512.90     5.20k    77.42%
  Latency Distribution
     50%  873.00us
     75%   16.10ms
     90%   21.77ms
     99%   ${p99}
  11472 requests in 3.01s, 2.31MB read
${more}Requests/sec:   3811.30
Transfer/sec:    785.85KB
Deliveries sent: 11472
Threads out of ids: 0
`;

  it("is read with its percentiles in milliseconds", () => {
    expect(parseWrkOutput(report())).to.deep.equal({
      requests: 11_472,
      p50Millis: 0.873,
      p99Millis: 41.2,
      refused: 0,
      socketErrors: 0,
      sent: 11_472,
      exhausted: false,
    });
    expect(parseWrkOutput(report("", "1.25s")).p99Millis).to.equal(1250);
  });

  it("is read with everything that went wrong", () => {
    const bad = report("  Socket errors: connect 1, read 20, write 300, timeout 4000\n  Non-2xx or 3xx responses: 17\n")
      .replace("sent: 11472", "sent: 11480")
      .replace("out of ids: 0", "out of ids: 1");
    expect(parseWrkOutput(bad)).to.deep.include({ refused: 17, socketErrors: 4321, sent: 11_480, exhausted: true });
  });

  it("is refused when a line is missing: no figure is made up", () => {
    for (const line of [
      /^ +99% .*$/m,
      /^ +50% .*$/m,
      /^.* requests in .*$/m,
      /^Deliveries sent.*$/m,
      /^Threads out.*$/m,
    ])
      expect(() => parseWrkOutput(report().replace(line, ""))).to.throw("wrk did not tell");
  });
});
