import Database from "better-sqlite3";
import { expect } from "chai";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { freshFolder } from "../support/folder.ts";
import { layOut } from "../support/helm/pod.ts";
import { at, listAt, only, render, requireHelm, toText, type Tree } from "../support/helm/chart.ts";
import { startProcess, testServers, type Reachable } from "../support/server/server.ts";

interface Case {
  readonly what: string;
  readonly values: Tree;
  /** The same for the server. */
  readonly env: Readonly<Record<string, string>>;
}

const signingToken = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const cases: readonly Case[] = [
  {
    what: "GitLab with a secret token",
    values: { sources: { gitlab: { secret: "new, old" } } },
    env: { PIPEGAUGE_GITLAB_SECRET: "new,old" },
  },
  {
    what: "GitLab with a signing token",
    values: { sources: { gitlab: { secret: signingToken } } },
    env: { PIPEGAUGE_GITLAB_SECRET: signingToken },
  },
  {
    what: "GitHub",
    values: { sources: { github: { secret: "a" } } },
    env: { PIPEGAUGE_GITHUB_SECRET: "a" },
  },
  {
    what: "Tekton",
    values: { sources: { tekton: { secret: "a" } } },
    env: { PIPEGAUGE_TEKTON_SECRET: "a" },
  },
  {
    what: "Jenkins, with a token for the metrics",
    values: { sources: { jenkins: { secret: "a" } }, metricsToken: { value: "b,c" } },
    env: { PIPEGAUGE_JENKINS_SECRET: "a", PIPEGAUGE_METRICS_TOKEN: "b" },
  },
  {
    what: "everybody",
    values: { config: { allowUnauthenticated: true } },
    env: { PIPEGAUGE_ALLOW_UNAUTHENTICATED: "true" },
  },
];

const realRun = {
  object_kind: "pipeline",
  object_attributes: { id: 1, ref: "main", status: "success", duration: 60, created_at: "2026-11-20 09:00:00 UTC" },
  project: { id: 7, path_with_namespace: "team/shop", default_branch: "main" },
  builds: [{ id: 2, name: "unit", stage: "test", status: "success", created_at: "2026-11-20 09:00:00 UTC" }],
};

/** Every row of every table of an SQLite database. */
function readTables(file: string): Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> {
  const database = new Database(file, { readonly: true });
  try {
    const names = database.prepare("select name from sqlite_master where type = 'table' order by name").pluck().all();
    return Object.fromEntries(
      (names as string[])
        .filter((name) => !name.startsWith("sqlite_"))
        .map((name) => [
          name,
          database.prepare(`select * from "${name}"`).all() as Readonly<Record<string, unknown>>[],
        ]),
    );
  } finally {
    database.close();
  }
}

describe("the chart's test", function () {
  this.timeout(60_000);
  const folder = freshFolder();
  const serve = testServers();
  before(requireHelm);

  /** Runs what the test's pod would run, against a server of this machine. */
  async function runTest(values: Tree, server: Reachable) {
    const manifests = await render({ values });
    const pod = only(manifests, "Pod")["spec"] as Tree;
    const { env, path } = layOut(pod, manifests, folder(), () => expect.fail("a Secret that the chart does not make"));
    expect(env["SERVER_URL"]).to.equal("http://pipegauge:8080");
    const script = toText(listAt(pod, "containers").map(({ args }) => (args as readonly string[])[0])[0]);
    const child = spawn(process.execPath, [path(script)], { env: { ...env, SERVER_URL: server.url }, timeout: 30_000 });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { code, output };
  }

  for (const { what, values, env } of cases) {
    it(`is accepted as ${what}, and leaves no trace but the delivery that was ignored`, async () => {
      const filler = await serve();
      await filler.deliver("gitlab", realRun, { "x-gitlab-event": "Pipeline Hook" });
      await filler.stop();
      const server = await serve({ databaseUrl: `sqlite:${filler.file}`, env });
      const token = env["PIPEGAUGE_METRICS_TOKEN"];
      const readSeries = async () =>
        (await server.scrape(token === undefined ? {} : { authorization: `Bearer ${token}` })).counted;
      const [tables, series] = [readTables(filler.file), await readSeries()];
      expect(Object.keys(series)).to.have.length.above(10);

      for (const times of [1, 2]) {
        const { code, output } = await runTest(values, server);
        expect(output).to.match(/: 200 \{"status":"ignored",.*\}\nGET \/metrics: 200, with all that is stored\n$/);
        expect(code).to.equal(0);
        const { deliveries, ...others } = readTables(filler.file);
        expect(deliveries?.map(({ outcome }) => outcome).slice(1)).to.deep.equal(Array(times).fill("ignored"));
        expect({ deliveries: tables["deliveries"], ...others }).to.deep.equal(tables);
        expect(await readSeries()).to.deep.equal(series);
      }
    });
  }

  it("passes on the program itself, started with what is mounted, which then answers its probes", async () => {
    const values = { sources: { "gitlab-lab": { provider: "gitlab", secret: "a" } }, metricsToken: { value: "b" } };
    const manifests = await render({ values });
    const pod = at(only(manifests, "Deployment"), "spec.template.spec") as Tree;
    const { env } = layOut(pod, manifests, join(folder(), "server"), () => expect.fail("no such Secret"));
    const server = await startProcess(env);

    try {
      for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
        const { status } = await server.request(toText(at(pod, `containers.0.${probe}.httpGet.path`)));
        expect(status, probe).to.equal(200);
      }
      const { code, output } = await runTest(values, server);
      expect(output).to.include('200 {"status":"ignored",');
      expect(code).to.equal(0);
    } finally {
      await server.end();
    }
  });

  it("fails where the secret is another", async () => {
    const server = await serve({ env: { PIPEGAUGE_GITLAB_SECRET: "another" } });

    const { code, output } = await runTest({ sources: { gitlab: { secret: "a" } } }, server);

    expect(code).to.equal(1);
    expect(output).to.include("failed: POST").and.to.include("answered 401, not 200");
  });

  it("fails where senders without a secret are accepted although the source has one", async () => {
    const server = await serve({ env: { PIPEGAUGE_ALLOW_UNAUTHENTICATED: "true" } });

    const { code, output } = await runTest({ sources: { gitlab: { secret: "a" } } }, server);

    expect(code).to.equal(1);
    expect(output).to.include("without a secret answered 200, not 401");
  });

  it("fails where nothing answers", async () => {
    const server = await serve();
    await server.stop();

    const { code, output } = await runTest({ sources: { gitlab: { secret: "a" } } }, server);

    expect(code).to.equal(1);
    expect(output).to.match(/failed: fetch failed \(.*ECONNREFUSED/);
  });

  it("runs what the image has, as a hook that leaves nothing behind when it passes", async () => {
    const manifests = await render({ files: ["sqlite-values.yaml"] });

    const pod = only(manifests, "Pod");
    expect(pod.metadata["annotations"]).to.include({
      "helm.sh/hook": "test",
      "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
    });
    const container = listAt(pod, "spec.containers")[0];
    expect(container?.["image"]).to.equal(at(only(manifests, "Deployment"), "spec.template.spec.containers.0.image"));
    const dockerfile = readFileSync(new URL("../../Dockerfile", import.meta.url), "utf8");
    const [, program] = /^ENTRYPOINT \["([^"]+)"/m.exec(dockerfile) ?? [];
    expect(container?.["command"], "what the image runs scripts with").to.deep.equal([program]);
  });
});
