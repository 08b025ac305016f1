import { expect } from "chai";
import * as fc from "fast-check";
import { createLogFilter } from "../../src/adapters/jenkins/log-filter.ts";

/** What is left of a body that arrives in pieces which end at `cuts`. */
function filtered(body: Uint8Array, cuts: readonly number[]): Buffer {
  const filter = createLogFilter();
  const ends = [...new Set([...cuts.map((cut) => cut % (body.length + 1)), body.length])].toSorted((a, b) => a - b);
  return Buffer.concat(ends.flatMap((end, i) => filter(body.subarray(ends[i - 1] ?? 0, end))));
}

const cuts = fc.array(fc.nat(), { maxLength: 12 });
/** Texts that look like what the filter looks for. */
const tricky = fc.array(
  fc.oneof(
    fc.string({ unit: "binary", maxLength: 5 }),
    fc.constantFrom('"', "\\", '","log":"', "<log>", "</log>", "{", "]", "log", "build", "\ud83d\ude80"),
  ),
);
const text = tricky.map((parts) => parts.join("").toWellFormed());

const notification = fc.record({
  name: text,
  log: text,
  build: fc.record({
    number: fc.nat(),
    phase: fc.constant("COMPLETED"),
    scm: fc.record({ log: text, changes: fc.array(text), build: fc.record({ note: text }) }),
    parameters: fc.dictionary(fc.oneof(text, fc.constantFrom("log", "build")), text),
    log: text,
    notes: text,
    artifacts: fc.dictionary(text, fc.dictionary(text, text)),
  }),
  after: fc.array(fc.record({ log: text })),
});

describe("jenkins adapter: a build log that is left out while it arrives", () => {
  it("leaves all else of JSON as it was, however it is cut into pieces", () => {
    fc.assert(
      fc.property(notification, fc.constantFrom(undefined, 2), cuts, (sent, indent, places) => {
        const left = filtered(Buffer.from(JSON.stringify(sent, null, indent)), places).toString("utf8");

        expect(left).to.equal(JSON.stringify({ ...sent, build: { ...sent.build, log: "" } }, null, indent));
      }),
      { numRuns: 500 },
    );
  });

  it("does the same to a notification in a CloudEvent", () => {
    const event = { specversion: "1.0", data: { build: { log: 'a "b" \\', number: 1 } } };

    expect(filtered(Buffer.from(JSON.stringify(event)), [30, 60]).toString()).to.equal(
      JSON.stringify({ ...event, data: { build: { log: "", number: 1 } } }),
    );
  });

  const escaped = (value: string) => value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const xml = (job: { name: string; log: string; note: string }, open = "<log>") =>
    `<?xml version="1.0"?><job><name>${escaped(job.name)}</name><logger>x</logger><build><number>1</number>` +
    `${open}${escaped(job.log)}</log><notes>${escaped(job.note)}</notes></build></job>`;

  it("leaves all else of XML as it was", () => {
    const job = fc.record({ name: text, log: text, note: text });
    fc.assert(
      fc.property(job, fc.constantFrom("<log>", '<log class="string">'), cuts, (one, open, places) => {
        expect(filtered(Buffer.from(xml(one, open)), places).toString("utf8")).to.equal(xml({ ...one, log: "" }, open));
      }),
      { numRuns: 500 },
    );
    for (const none of ["<job><build><log/><a>b</a></build></job>", "\ufeff \n<job><build/></job>"])
      expect(filtered(Buffer.from(none), [5, 12, 13]).toString("utf8")).to.equal(none);
  });

  it("keeps every byte of what has no log, valid or not", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      text.map((one) => Buffer.from(one.replaceAll("log", "lag"))),
    );
    fc.assert(
      fc.property(bytes, cuts, (body, places) => {
        expect(filtered(body, places)).to.deep.equal(Buffer.from(body));
      }),
      { numRuns: 500 },
    );
  });

  it("keeps what comes before a log that is cut off", () => {
    for (const begun of ['{"build":{"phase":"COMPLETED","log":"', "<job><build><phase>COMPLETED</phase><log>"])
      expect(filtered(Buffer.from(`${begun}some \\"lines\\"`), [4, 20, 50]).toString()).to.equal(begun);
  });

  it("gives up on what nests deeper than any notification, and keeps it all", () => {
    const deep = `${"[".repeat(70)}{"build":{"log":"x"}}${"]".repeat(70)}`;

    expect(filtered(Buffer.from(deep), [10, 75]).toString()).to.equal(deep);
  });
});
