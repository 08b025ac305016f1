import { expect } from "chai";
import { freshWord, legacyTarget, type Target } from "./target.ts";

/** The contract: it holds for any server at LEGACY_BASE_URL. */
describe("template counter", () => {
  const target = legacyTarget();

  interface Use {
    readonly started?: string;
    readonly status?: string;
    readonly project?: string;
    readonly name?: string;
  }

  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
  const whole = (use: Use): Record<string, string> => ({
    started: ago(90),
    status: "success",
    project: "dummy-project",
    ...use,
  });
  const query = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
  const use = (fields: Use, path = "/steps") => target().ask(`${path}?${query(whole(fields))}`);

  const senders: readonly (readonly [
    string,
    (to: Target, fields: Record<string, string>) => Promise<{ status: number; text: string }>,
  ])[] = [
    ["GET /steps", (to, fields) => to.ask(`/steps?${query(fields)}`)],
    ["GET /jobs", (to, fields) => to.ask(`/jobs?${query(fields)}`)],
    ["POST /steps, a form", (to, fields) => to.ask("/steps", { method: "POST", body: new URLSearchParams(fields) })],
    ["POST /jobs, JSON", (to, fields) => to.post("/jobs", fields, { "content-type": "application/json" })],
    [
      "POST /steps, JSON as curl -d sends it",
      (to, fields) => to.post("/steps", fields, { "content-type": "application/x-www-form-urlencoded" }),
    ],
    ["POST /steps, the query alone", (to, fields) => to.ask(`/steps?${query(fields)}`, { method: "POST" })],
    ["POST /jobs, part in the query", (to, { name = "", ...rest }) => to.post(`/jobs?${query({ name })}`, rest)],
  ];
  for (const [how, send] of senders) {
    it(`counts a use: ${how}`, async () => {
      const step = freshWord();

      const { status, text } = await send(target(), whole({ name: `dotnet_${step}` }));

      expect({ status, text }).to.deep.equal({ status: 200, text: "" });
      expect(await target().lines(`ci_dotnet_${step}_total`)).to.deep.equal([
        `# HELP ci_dotnet_${step}_total The number of dotnet ${step} used`,
        `# TYPE ci_dotnet_${step}_total counter`,
        `ci_dotnet_${step}_total{project="dummy-project",status="success"} 1`,
      ]);
    });
  }

  it("counts by project and status, in their order", async () => {
    const step = freshWord();
    for (const [project, status] of [
      ["dummy-project2", "success"],
      ["dummy-project2", "failed"],
      ["dummy-project", "success"],
      ["dummy-project2", "failed"],
    ] as const)
      await use({ name: `dotnet_${step}`, project, status });

    expect((await target().lines(`ci_dotnet_${step}_total`)).slice(2)).to.deep.equal([
      `ci_dotnet_${step}_total{project="dummy-project",status="success"} 1`,
      `ci_dotnet_${step}_total{project="dummy-project2",status="failed"} 2`,
      `ci_dotnet_${step}_total{project="dummy-project2",status="success"} 1`,
    ]);
  });

  it("shows the durations by status, in the older tool's buckets", async () => {
    const step = freshWord();
    const metric = `ci_helm_${step}_duration`;
    for (const seconds of [30, 90, 1500]) await use({ name: `helm_${step}`, started: ago(seconds) });

    expect(await target().lines(metric)).to.deep.equal([
      `# HELP ${metric} The duration of the helm ${step} usage`,
      `# TYPE ${metric} histogram`,
    ]);
    expect(await target().lines(`${metric}_bucket`)).to.deep.equal(
      Object.entries({ 60: 1, 120: 2, 300: 2, 600: 2, 900: 2, 1200: 2, "+Inf": 3 }).map(
        ([le, count]) => `${metric}_bucket{status="success",le="${le}"} ${count}`,
      ),
    );
    expect(await target().lines(`${metric}_count`)).to.deep.equal([`${metric}_count{status="success"} 3`]);
    expect(await target().value(`${metric}_sum{status="success"}`)).to.be.within(1620, 1625);
  });

  it("counts all jobs together, under a name without _total", async () => {
    const status = freshWord();
    await use({ name: `go_${freshWord()}`, status });
    await use({ name: freshWord(), status });

    const lines = await target().lines("ci_total_jobs_usage");

    expect(lines[0]).to.equal("# HELP ci_total_jobs_usage How many times the jobs were used");
    expect(lines[1]).to.equal("# TYPE ci_total_jobs_usage counter");
    expect(lines).to.contain(`ci_total_jobs_usage{status="${status}"} 2`);
  });

  const names: readonly (readonly [string, (word: string) => string, (word: string) => string])[] = [
    ["framework and step", (word) => `dotnet_${word}`, (word) => `dotnet_${word}`],
    ["what follows a second _ plays no part", (word) => `dotnet_${word}_linux_x64`, (word) => `dotnet_${word}`],
    ["a name without _", (word) => word, (word) => word],
    ["GitLab's job names, with a colon", (word) => `dotnet:${word}`, (word) => `dotnet_${word}`],
    ["a step that is empty", (word) => `${word}_`, (word) => `${word}_`],
    ["a framework that is empty", (word) => `_${word}`, (word) => `_${word}`],
    ["digits first", (word) => `7_${word}`, (word) => `7_${word}`],
  ];
  for (const [what, sent, shown] of names) {
    it(`makes a metric of ${what}`, async () => {
      const word = freshWord();

      const { status } = await use({ name: sent(word) });

      expect(status).to.equal(200);
      expect(await target().value(`ci_${shown(word)}_total{project="dummy-project",status="success"}`)).to.equal(1);
      expect(await target().value(`ci_${shown(word)}_duration_count{status="success"}`)).to.equal(1);
    });
  }

  const missing: readonly (readonly [Record<string, string>, string])[] = [
    [{}, "missing: name"],
    [{ started: ago(1), status: "success", project: "p" }, "missing: name"],
    [{ started: ago(1), name: "", status: "success", project: "p" }, "missing: name"],
  ];
  for (const [fields, error] of missing) {
    it(`refuses what lacks fields: ${error}`, async () => {
      const answers = [await target().ask(`/steps?${query(fields)}`), await target().post("/jobs", fields)];

      for (const { status, json } of answers) expect({ status, json }).to.deep.equal({ status: 400, json: { error } });
    });
  }

  it("counts a use with nothing but a name, under empty labels", async () => {
    const step = freshWord();
    const sent: readonly Record<string, string>[] = [{}, { status: "", project: "" }, { started: ago(1) }];

    for (const fields of sent) {
      const { status, headers } = await target().ask(`/jobs?${query({ ...fields, name: `go_${step}` })}`);
      expect(status).to.equal(200);
      if (fields["started"] === undefined) expect(headers.get("warning")).to.match(/started is not a valid time/);
    }
    expect(await target().value(`ci_go_${step}_total{project="",status=""}`)).to.equal(3);
    expect(await target().value(`ci_go_${step}_duration_count{status=""}`)).to.equal(1);
  });

  const illegal = ["go-build", "go build", "go_build\n", "{", "é_build", "_", "__", 'go_bu"ild', "a/b"];
  for (const name of illegal) {
    it(`refuses a name with illegal characters: ${JSON.stringify(name)}`, async () => {
      const { status, json } = await use({ name });

      expect(status).to.equal(400);
      expect(json["error"]).to.match(/^name /);
    });
  }

  it("refuses a name that would make the metric of a pipeline called ci", async () => {
    const { status, json } = await use({ name: "pipeline_run_x" });

    expect(status).to.equal(400);
    expect(json["error"]).to.match(/run counter's/);
  });

  for (const body of [
    "{",
    "[]",
    '{"name":7,"status":"s","project":"p","started":"x"}',
    '{"name":"a\ud800","status":"s","project":"p"}',
  ]) {
    it(`refuses a body that makes no sense: ${body.slice(0, 20)}`, async () => {
      const { status, json } = await target().post("/steps", body);

      expect(status).to.equal(400);
      expect(json["error"]).to.be.a("string");
    });
  }

  it("writes what a label may hold so that it reads back", async () => {
    const step = freshWord();

    await use({ name: `go_${step}`, project: 'group/"sub"\\é 😀', status: "CI_JOB_STATUS" });

    expect((await target().lines(`ci_go_${step}_total`)).at(-1)).to.equal(
      `ci_go_${step}_total{project="group/\\"sub\\"\\\\é 😀",status="CI_JOB_STATUS"} 1`,
    );
  });

  it("counts a repeated Idempotency-Key once", async () => {
    const step = freshWord();
    const headers = { "Idempotency-Key": freshWord() };
    const path = `/steps?${query(whole({ name: `go_${step}` }))}`;

    const answers = await Promise.all(Array.from({ length: 4 }, () => target().ask(path, { headers })));

    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200]);
    expect(await target().value(`ci_go_${step}_total{project="dummy-project",status="success"}`)).to.equal(1);
  });

  it("counts nothing for HEAD, and forbids caches to answer in its place", async () => {
    const step = freshWord();
    const path = `/steps?${query(whole({ name: `go_${step}` }))}`;

    const head = await target().ask(path, { method: "HEAD" });
    const got = await target().ask(path);

    expect([head.status, head.headers.get("allow")]).to.deep.equal([405, "GET, POST"]);
    expect(got.headers.get("cache-control")).to.equal("no-store");
    expect(await target().value(`ci_go_${step}_total{project="dummy-project",status="success"}`)).to.equal(1);
  });
});
