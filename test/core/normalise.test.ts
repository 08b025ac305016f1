import { expect } from "chai";
import * as fc from "fast-check";
import type { JobFacts, Observation, RunFacts } from "../../src/core/model.ts";
import { cleanText } from "../../src/core/clean-text.ts";
import { cleanId, normalise } from "../../src/core/normalise.ts";
import { at, ofJob, ofRun } from "../support/model/observations.ts";

const receivedAt = at(1000);
const day = 24 * 3600;

function clean(more: Partial<Observation>): Observation {
  return normalise({ ...ofRun("1", "success", { clock: 70 }), ...more }, receivedAt);
}

function fact<K extends keyof RunFacts>(field: K, value: RunFacts[K]): unknown {
  return clean({ facts: { [field]: value } }).facts[field];
}

describe("normalise: text", () => {
  it("cuts no character in two: neither texts nor ids end in half a surrogate pair", () => {
    for (const shift of [0, 1]) {
      const long = "x".repeat(shift) + "😀".repeat(1000);
      const [text, id] = [cleanText(long), cleanId(long)];
      expect(text + id).to.not.include("\uFFFD");
      expect(text.length).to.be.within(1023, 1024);
      expect(cleanText(text)).to.equal(text);
      expect(cleanId(id)).to.equal(id);
    }
  });

  const table: readonly [string, string, string][] = [
    ["plain", "feature/cart", "feature/cart"],
    ["unicode", "größe 中文 😀", "größe 中文 😀"],
    ["quotes and backslashes", `a"b\\c'd`, `a"b\\c'd`],
    ["NUL", "a\u0000b", "a\uFFFDb"],
    ["line ends and tabs", "a\r\nb\tc", "a\uFFFD\uFFFDb\uFFFDc"],
    ["the separator of labels", "a\u0001b", "a\uFFFDb"],
    ["half a surrogate pair", "a\uD83Db", "a\uFFFDb"],
    ["line separator", "a\u2028b", "a\u2028b"],
    ["a name of objects", "__proto__", "__proto__"],
  ];

  for (const [title, dirty, expected] of table) {
    it(`${title}: ${JSON.stringify(expected)}`, () => {
      expect(cleanText(dirty)).to.equal(expected);
      expect(fact("ref", dirty)).to.equal(expected);
      expect(clean({ jobs: [ofJob("1", dirty, "success", { clock: 1 })] }).jobs?.[0]?.facts.name).to.equal(expected);
    });
  }

  it("cuts what is too long without halving a character", () => {
    expect(cleanText("x".repeat(2000))).to.have.length(1024);
    expect(cleanText(`${"x".repeat(1023)}😀`).isWellFormed()).to.equal(true);
  });

  it("leaves nothing that a scrape or PostgreSQL cannot hold", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 3000, size: "max" }), (dirty) => {
        const text = cleanText(dirty);

        // oxlint-disable-next-line no-control-regex -- these are what must be gone
        expect(text).to.not.match(/[\u0000-\u001f\u007f]/);
        expect(text.isWellFormed()).to.equal(true);
        expect(text.length).to.be.at.most(1024);
        expect(cleanText(text)).to.equal(text);
      }),
    );
  });
});

describe("normalise: ids", () => {
  const long = `job/${"a".repeat(400)}/7/`;

  it("keeps a short id, and the identity of a long one", () => {
    expect(cleanId("4711")).to.equal("4711");
    expect(cleanId(long)).to.have.length(255);
    expect(cleanId(long)).to.not.equal(cleanId(`${long}8/`));
    expect(cleanId(cleanId(long))).to.equal(cleanId(long));
  });

  it("treats every reference to a run alike, so that they still name the same run", () => {
    const observation = clean({ run: long, completion: long, facts: { parent: long, restartOf: long } });

    const { run, completion, facts } = observation;
    expect([run, completion, facts.parent, facts.restartOf]).to.deep.equal(Array(4).fill(cleanId(long)));
  });

  it("cleans the identity of a completion", () => {
    expect(clean({ completion: "success:\u0000" }).completion).to.equal("success:\uFFFD");
  });
});

describe("normalise: moments", () => {
  const table: readonly [string, number, boolean][] = [
    ["a moment", at(0), true],
    ["a day ahead", at(1000 + day), true],
    ["more than a day ahead", at(1000 + day) + 1, false],
    ["the epoch itself", 0, false],
    ["before the epoch", -5, false],
    ["parts of a millisecond", at(0) + 0.5, false],
    ["not a number", NaN, false],
    ["infinite", Infinity, false],
  ];

  for (const [title, moment, accepted] of table) {
    it(`${title}: ${accepted ? "accepted" : "not accepted"}`, () => {
      const observation = clean({ queuedAt: moment, startedAt: moment, facts: { finishedAt: moment } });

      const { queuedAt, startedAt, facts } = observation;
      expect([queuedAt, startedAt]).to.deep.equal(accepted ? [moment, moment] : [undefined, undefined]);
      expect(facts.finishedAt).to.equal(accepted ? moment : null);
    });
  }

  it("keeps a version from the future from winning for ever", () => {
    const { version } = clean({ version: { epoch: 2, clock: at(10 * day), rank: 3 } });

    expect(version).to.deep.equal({ epoch: 2, clock: at(1300), rank: 3 });
  });

  it("makes whole numbers of versions", () => {
    const odd = [NaN, Infinity, -Infinity, 1.5, -1e300].map((n) => clean({ version: { epoch: n, clock: n, rank: 1 } }));

    for (const { version } of odd) {
      expect([version.epoch, version.clock].every(Number.isSafeInteger), JSON.stringify(version)).to.equal(true);
    }
  });
});

describe("normalise: numbers", () => {
  const table: readonly [number, number | null][] = [
    [0, 0],
    [-0, 0],
    [12.5, 12.5],
    [-1, null],
    [NaN, null],
    [Infinity, null],
    // A run that worked for a century is a wrong clock, and would spoil its histogram's sum for ever.
    [100 * 366 * day, null],
    [1e300, null],
  ];

  for (const [seconds, kept] of table) {
    it(`${Object.is(seconds, -0) ? "-0" : seconds} s: ${kept}`, () => {
      expect(Object.is(fact("durationSeconds", seconds), kept)).to.equal(true);
      expect(Object.is(fact("queueSeconds", seconds), kept)).to.equal(true);
    });
  }

  it("keeps attempts and retries only where a database can count them", () => {
    const retries = (n: number) =>
      clean({ jobs: [ofJob("1", "check", "success", { clock: 1, facts: { retries: n } })] }).jobs?.[0]?.facts.retries;

    expect([3, 1.5, -1, 2 ** 40].map(retries)).to.deep.equal([3, undefined, undefined, undefined]);
    expect([2, 0, -1, 1.5, 2 ** 40].map((attempt) => clean({ attempt }).attempt)).to.deep.equal([
      2,
      ...Array(4).fill(undefined),
    ]);
  });

  it("leaves out times of a commit and of a gate that cannot be right, and keeps any exit code", () => {
    const facts: Partial<JobFacts> = { gatedAt: at(2 * day), gateOpenedAt: at(5), exitCode: -1_073_741_819 };
    const [job] = clean({ jobs: [ofJob("1", "check", "success", { clock: 1, facts })] }).jobs ?? [];

    expect(job?.facts)
      .to.include({ gateOpenedAt: at(5), exitCode: -1_073_741_819 })
      .and.not.have.property("gatedAt");
    expect(clean({ facts: { committedAt: -1 } }).facts).to.not.have.property("committedAt");
  });

  it("leaves null, truth values and absence as they are", () => {
    const facts: Partial<RunFacts> = { ref: null, defaultBranch: false, result: null };

    expect(clean({ facts }).facts).to.deep.equal(facts);
  });
});

describe("normalise: what is clean already", () => {
  it("is returned itself, not copied", () => {
    const facts: Partial<JobFacts> = { retries: 0, durationSeconds: 1.5, runner: null };
    const jobs = [ofJob("1", "check", "success", { clock: 1, queued: 0, started: 1, facts })];
    const observation = ofRun("1", "success", { clock: 70, queued: 0, started: 10, attempt: 2, jobs });

    expect(normalise(observation, receivedAt)).to.equal(observation);
  });

  it("includes everything that was normalised", () => {
    const observation = ofRun("\u0000", "success", {
      clock: 10 * day,
      attempt: -1,
      facts: { ref: "a\nb", detail: "\u0001" },
    });

    const once = normalise(observation, receivedAt);

    expect(normalise(once, receivedAt)).to.equal(once);
  });
});
