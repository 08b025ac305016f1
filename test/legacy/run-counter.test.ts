import { expect } from "chai";
import { freshWord, legacyTarget } from "./target.ts";

/** The contract: it holds for any server at LEGACY_BASE_URL. */
describe("run counter", () => {
  const target = legacyTarget();
  const report = (name: string, success: boolean, headers = {}) =>
    target().post("/metrics", { name, success }, headers);

  it("answers 201 with what was sent, as JSON", async () => {
    const name = freshWord();

    for (const success of [true, false]) {
      const { status, json, headers } = await report(name, success);

      expect(status).to.equal(201);
      expect(json).to.deep.equal({ name, success });
      expect(headers.get("content-type")).to.match(/^application\/json/);
    }
  });

  it("shows both statuses from the first run on, success first, under the letter of the older tool", async () => {
    const name = freshWord();
    const metric = `${name}_pipeline_run_total`;
    const shown = (success: number, failure: number) => [
      `# HELP ${metric} The total number of ${name} pipeline runs.`,
      `# TYPE ${metric} counter`,
      `${metric}{status="success"} ${success}`,
      `${metric}{status="failure"} ${failure}`,
    ];

    await report(name, true);
    expect(await target().lines(metric)).to.deep.equal(shown(1, 0));
    await report(name, false);
    await report(name, false);
    expect(await target().lines(metric)).to.deep.equal(shown(1, 2));
  });

  it("begins with a failure as well", async () => {
    const name = freshWord();

    await report(name, false);

    expect((await target().lines(`${name}_pipeline_run_total`)).slice(2)).to.deep.equal([
      `${name}_pipeline_run_total{status="success"} 0`,
      `${name}_pipeline_run_total{status="failure"} 1`,
    ]);
  });

  it("sorts by name", async () => {
    const word = freshWord();
    const names = ["_b", "_B", "_a", "_a1", "_aa", ""].map((end) => word + end);
    for (const name of names) await report(name, true);

    const { text } = await target().ask("/metrics");

    const found = [...text.matchAll(new RegExp(`^# TYPE (${word}\\w*)_pipeline_run_total`, "gm"))];
    expect(found.map(([, name]) => name)).to.deep.equal(names.toSorted());
  });

  for (const type of ["application/x-www-form-urlencoded", "text/plain", "application/json", "nonsense"]) {
    it(`does not look at the content type: ${type}`, async () => {
      const name = freshWord();

      const { status } = await report(name, true, { "content-type": type });

      expect(status).to.equal(201);
      expect(await target().value(`${name}_pipeline_run_total{status="success"}`)).to.equal(1);
    });
  }

  const onlyBoth = "The input JSON object must only contain the name and success properties";
  const refusals: readonly (readonly [unknown, string])[] = [
    ["[]", "The input must be a JSON object"],
    ["null", "The input must be a JSON object"],
    ['"Does this thing work?"', "The input must be a JSON object"],
    ["7", "The input must be a JSON object"],
    [{}, onlyBoth],
    [{ name: "x" }, onlyBoth],
    [{ success: true }, onlyBoth],
    [{ name: "x", success: true, more: 1 }, onlyBoth],
    ['{"name":"x","success":true,"__proto__":1}', onlyBoth],
    [{ name: "x", success: "yes" }, "The success value must be a boolean"],
    [{ name: "x", success: 1 }, "The success value must be a boolean"],
    [{ name: 3, success: null }, "The success value must be a boolean"],
    [{ name: 3, success: true }, "The name value must be a string"],
    [{ name: null, success: false }, "The name value must be a string"],
  ];
  for (const [body, error] of refusals) {
    it(`refuses ${typeof body === "string" ? body : JSON.stringify(body)} in the older tool's words`, async () => {
      const { status, json } = await target().post("/metrics", body);

      expect({ status, json }).to.deep.equal({ status: 400, json: { error } });
    });
  }

  for (const body of ["", "{", "{'name': 'x'}", "\ufffe", '{"name":"x","success":true}}']) {
    it(`refuses broken JSON: ${JSON.stringify(body)}`, async () => {
      const { status, json } = await target().post("/metrics", body);

      expect(status).to.equal(400);
      expect(json["error"]).to.be.a("string").with.length.greaterThan(0);
    });
  }

  const illegal = [
    "car-factory",
    "car factory",
    "a\nb",
    "1bad",
    "",
    "é",
    "a.b",
    'a"',
    "a{",
    "{}",
    "a\u0000",
    "😀",
    "a\ud800",
  ];
  for (const name of illegal) {
    it(`refuses a name that is no metric name, and says why: ${JSON.stringify(name)}`, async () => {
      const { status, json } = await report(name, true);

      expect(status).to.equal(400);
      expect(json["error"]).to.match(/^The name value must be a valid metric name/);
    });
  }

  const taken = [
    ["__name__", /must not start with "__"/],
    ["cicd_job_duration_seconds_count", /conflicts with the samples of an existing metric/],
    ["pipegauge_build_info", /conflicts with the samples of an existing metric/],
    ["x".repeat(201), /must be at most 200 characters long/],
  ] as const;
  for (const [name, why] of taken) {
    it(`refuses a name that would stand among others' metrics: ${name.slice(0, 40)}`, async () => {
      const { status, json } = await report(name, true);

      expect(status).to.equal(400);
      expect(json["error"]).to.match(why);
    });
  }

  for (const prefix of ["process_", "nodejs_", "cicd_", "pipegauge_"]) {
    it(`takes a name that only begins like others' metrics: ${prefix}…`, async () => {
      const name = prefix + freshWord();

      expect((await report(name, true)).status).to.equal(201);
      expect(await target().value(`${name}_pipeline_run_total{status="success"}`)).to.equal(1);
    });
  }

  it("refuses the name of a histogram's sample beside that histogram, and takes it elsewhere", async () => {
    const step = freshWord();
    const query = new URLSearchParams({
      started: "2026-11-20T12:00:00Z",
      status: "success",
      project: "p",
      name: `go_${step}`,
    });
    await target().ask(`/steps?${query.toString()}`);

    for (const suffix of ["count", "sum", "bucket"]) {
      expect((await report(`ci_go_${step}_duration_${suffix}`, true)).status, suffix).to.equal(400);
    }
    expect((await report(`${step}_count`, true)).status).to.equal(201);
    expect((await report("ci", true)).status, "the template counter leaves that one alone").to.equal(201);
  });

  it("counts a repeated Idempotency-Key once, and answers it alike", async () => {
    const name = freshWord();
    const headers = { "Idempotency-Key": freshWord() };

    const answers = await Promise.all(Array.from({ length: 5 }, () => report(name, true, headers)));
    answers.push(await report(name, true, headers));

    expect(answers.map(({ status, json }) => ({ status, json }))).to.deep.equal(
      Array.from({ length: 6 }, () => ({ status: 201, json: { name, success: true } })),
    );
    expect(await target().value(`${name}_pipeline_run_total{status="success"}`)).to.equal(1);
  });

  it("counts every run without one, also those at the same moment", async () => {
    const name = freshWord();

    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => report(name, i % 4 !== 0)));

    expect(answers.every(({ status }) => status === 201)).to.equal(true);
    expect(await target().value(`${name}_pipeline_run_total{status="success"}`)).to.equal(30);
    expect(await target().value(`${name}_pipeline_run_total{status="failure"}`)).to.equal(10);
  });

  it("shows the runs in the ledger's own metrics too", async () => {
    const name = freshWord();
    await report(name, false);

    const { text } = await target().ask("/metrics");

    expect(text).to.contain(
      `cicd_pipeline_runs_total{provider="run-counter",project="",pipeline="${name}",default_branch="unknown",result="failure"} 1`,
    );
  });

  it("refuses a body that is far too large", async () => {
    const { status } = await target().post("/metrics", JSON.stringify({ name: "x".repeat(2 << 20), success: true }));

    expect(status).to.equal(413);
  });
});
