import { expect } from "chai";
import { saveMetricsBody } from "./saved.ts";
import { freshWord, legacyTarget } from "./target.ts";

let ids = Date.now() % 1_000_000_000;

/** The contract: it holds for any server at LEGACY_BASE_URL. */
describe("pipeline collector", () => {
  const target = legacyTarget();

  /** A body that no server has seen, unless `more` says so. */
  const fresh = (more: Readonly<Record<string, unknown>> = {}) =>
    saveMetricsBody({ project: `team/${freshWord()}`, pipeline_id: ++ids, ...more });
  const save = (body: unknown, headers = { "content-type": "application/json" }) =>
    target().post("/save_metrics", body, headers);

  it("answers 200 and nothing the first time, 208 and nothing from then on", async () => {
    const body = fresh();

    for (const expected of [200, 208, 208]) {
      const { status, text } = await save(body);
      expect([status, text]).to.deep.equal([expected, ""]);
    }
  });

  it("identifies a pipeline by its id, with any other content of the body", async () => {
    const body = fresh();

    expect((await save(body)).status).to.equal(200);
    expect((await save({ ...body, duration: 1, jobs: [], has_restarts: true })).status).to.equal(208);
  });

  it("takes a pipeline once when it is sent many times at once", async () => {
    const body = fresh();

    const answers = await Promise.all(Array.from({ length: 8 }, () => save(body)));

    expect(answers.map(({ status }) => status)).to.have.members([200, ...Array<number>(7).fill(208)]);
  });

  const bodies: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ["the number of one build in place of a list", { builds: undefined, build: 64 }],
    ["a list of builds without their sum", { build: undefined }],
    ["several builds", { builds: [{ "build-e2e": 64 }, { "build-api": 8 }] }],
    ["no builds", { builds: [], build: 0 }],
    [
      "a job with the steps pull, up and e2e",
      { jobs: [{ name: "e2e", duration: 40, pull: 25, up: 35, e2e: 6, up_without_pull: 10 }] },
    ],
    ["a job without steps and times", { jobs: [{ name: "e2e", duration: 40 }] }],
    ["no jobs", { jobs: [] }],
    [
      "failed jobs",
      {
        jobs_failed: [
          { name: "e2e", duration: 3 },
          { name: "e2e", duration: 4 },
        ],
        has_restarts: true,
      },
    ],
    ["unknown fields", { runner: { id: 4 } }],
    ["a project called like nothing else", { project: `Ünï côdé/☃ '; drop table runs; -- ${freshWord()}` }],
    ["another branch", { ref: "feature/α" }],
    ["no times at all", { duration: null, duration_e2e: null, jobs: [{ name: "e2e", duration: null, up: null }] }],
    [
      "no time of a failed job and of a build",
      { jobs_failed: [{ name: "e2e", duration: null }], builds: [{ a: null }] },
    ],
    ["times as texts, as a shell writes them", { duration: "97", duration_e2e: "27.4", builds: [{ a: "2" }] }],
    ["an id as a text", { pipeline_id: String(++ids) }],
    ["a job whose start is unreadable", { jobs: [{ name: "e2e", duration: 1, started_at: "now", finished_at: 7 }] }],
    [
      "a failed job that ended without a zone",
      { jobs_failed: [{ name: "e2e", duration: 1, finished_at: "2026-11-20T10:00:00" }] },
    ],
    ["two builds in one object", { builds: [{ a: 1, b: 2 }] }],
  ];
  for (const [name, more] of bodies) {
    it(`takes ${name}`, async () => {
      expect((await save(fresh(more))).status).to.equal(200);
    });
  }

  // From here on what is better than with the older tool.
  it("identifies a pipeline by its project and id", async () => {
    const one = fresh();
    const other = { ...fresh(), pipeline_id: one["pipeline_id"] };

    expect((await save(one)).status).to.equal(200);
    expect((await save(other)).status).to.equal(200);
    expect((await save(one)).status).to.equal(208);
    expect((await save(other)).status).to.equal(208);
  });

  for (const created of ["2026-11-20T10:00:00Z", "2026-11-20T10:00:00.123456Z", "2026-11-20T17:00:00+07:00"]) {
    it(`takes a pipeline that was created at ${created}`, async () => {
      expect((await save(fresh({ created_at: created }))).status).to.equal(200);
    });
  }

  it("does not look at the content type", async () => {
    expect((await save(fresh(), { "content-type": "application/x-www-form-urlencoded" })).status).to.equal(200);
  });

  const malformed: readonly (readonly [string, unknown, string])[] = [
    ...[
      "project",
      "pipeline_id",
      "created_at",
      "ref",
      "duration",
      "duration_e2e",
      "has_restarts",
      "jobs",
      "jobs_failed",
    ].flatMap((field): [string, unknown, string][] => [
      [`${field} missing`, { [field]: undefined }, field],
      ...(field.startsWith("duration")
        ? []
        : [[`${field} null`, { [field]: null }, field] as [string, unknown, string]]),
      [`${field} an object`, { [field]: {} }, field],
    ]),
    ["an empty project", { project: "" }, "project"],
    ["a pipeline id that is no whole number", { pipeline_id: 1.5 }, "pipeline_id"],
    ["a pipeline id that is a word", { pipeline_id: "1a" }, "pipeline_id"],
    ["a pipeline id of 0", { pipeline_id: 0 }, "pipeline_id"],
    ["a pipeline id beyond exact numbers", { pipeline_id: 2 ** 53 }, "pipeline_id"],
    ["a date", { created_at: "2026-11-20" }, "created_at"],
    ["a time without a zone", { created_at: "2026-11-20T10:00:00.500" }, "created_at"],
    ["a day that does not exist", { created_at: "2026-02-30T10:00:00Z" }, "created_at"],
    ["a negative duration", { duration: -1 }, "duration"],
    ["a duration that is a word", { duration_e2e: "27s" }, "duration_e2e"],
    ["an empty duration", { duration: "" }, "duration"],
    ["a duration of a century in a text", { duration: "3200000000" }, "duration"],
    ["a duration of a century", { duration: 3_200_000_000 }, "duration"],
    ["has_restarts as a number", { has_restarts: 0 }, "has_restarts"],
    ["neither builds nor build", { builds: undefined, build: undefined }, "build"],
    ["builds as an object", { builds: { "build-e2e": 64 } }, "builds"],
    ["a build without a name", { builds: [{}] }, "builds.0"],
    ["a build without seconds", { builds: [{ a: 1 }, { b: true }] }, "builds.1.b"],
    ["a job without a name", { jobs: [{ duration: 1 }] }, "jobs.0"],
    ["a job without a duration", { jobs: [{ name: "e2e", duration: 1 }, { name: "e2e" }] }, "jobs.1"],
    ["a step that is no number", { jobs: [{ name: "e2e", duration: 1, up: "7m" }] }, "jobs.0.up"],
    ["a failed job that is a text", { jobs_failed: ["e2e"] }, "jobs_failed.0"],
  ];
  for (const [name, more, field] of malformed) {
    it(`answers 400 to ${name}, names the field and stores nothing`, async () => {
      const good = fresh();

      const { status, json } = await save({ ...good, ...(more as object) });

      expect(status).to.equal(400);
      expect(Object.keys(json)).to.deep.equal(["error"]);
      expect(json["error"]).to.be.a("string").and.include(field);
      expect((await save(good)).status, "the same pipeline afterwards").to.equal(200);
    });
  }

  for (const body of ["", "{", "[]", "null", '"x"', "1", "\u0000", '{"jobs": []', "[".repeat(100_000)]) {
    it(`answers 400 to ${JSON.stringify(body.slice(0, 12))}`, async () => {
      const { status, json } = await save(body);

      expect(status).to.equal(400);
      expect(json["error"]).to.be.a("string").and.match(/body/);
    });
  }

  it("takes no other method", async () => {
    for (const method of ["GET", "PUT", "DELETE"])
      expect((await target().ask("/save_metrics", { method })).status, method).to.equal(405);
  });
});
