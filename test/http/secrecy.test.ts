import { expect } from "chai";
import { createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { freshFolder } from "../support/folder.ts";
import { lockDatabase } from "../support/database/lock.ts";
import { readRows } from "../support/database/rows.ts";
import { testServers, type Body, type Headers, type TestServer } from "../support/server/server.ts";

const secrets = ["canary-gitlab", "canary-tekton", "canary-jenkins", "canary-github", "canary-metrics"] as const;
const [gitlab, tekton, jenkins, github, metrics] = secrets;
const env = {
  PIPEGAUGE_GITLAB_SECRET: gitlab,
  PIPEGAUGE_TEKTON_SECRET: tekton,
  PIPEGAUGE_JENKINS_SECRET: jenkins,
  PIPEGAUGE_GITHUB_SECRET: github,
  PIPEGAUGE_METRICS_TOKEN: metrics,
};

const person = { name: "Ada", email: "ada@canary.example.com" };
const variables = [{ key: "DEPLOY_KEY", value: "canary-variable" }];
const pipeline = {
  ...pipelineHook("success", [{ ...unit, more: { user: person } }], { variables }),
  user: person,
  commit: { author: person, message: "by bob@canary.example.com" },
};
const text = JSON.stringify(pipeline);

/** Everything of the database as it lies on the disk, the log of what is not in the main file yet included. */
function readBytes({ file }: TestServer): string {
  return [file, `${file}-wal`].map((path) => readFileSync(path, { encoding: "latin1" })).join("");
}

function signed(body: string): Headers {
  const signature = createHmac("sha256", github).update(body).digest("hex");
  return { "x-hub-signature-256": `sha256=${signature}`, "x-github-event": "workflow_run" };
}

describe("secrecy", () => {
  const start = testServers();
  const folder = freshFolder();

  async function keepingBodies(): Promise<TestServer> {
    const file = join(folder(), "pipegauge.yaml");
    const sources = ["gitlab", "tekton", "jenkins", "github"].map(
      (name) => `{name: ${name}, provider: ${name}, keepBodies: true}`,
    );
    writeFileSync(file, `sources: [${sources.join(", ")}]\n`);
    return start({ env, argv: ["--config", file] });
  }

  it("shows no secret in the log, the database, an answer or a metric, however it was presented", async () => {
    const server = await keepingBodies();
    const basic = (secret: string) => ({ authorization: `Basic ${Buffer.from(`x:${secret}`).toString("base64")}` });
    const tries: readonly (readonly [string, Body, Headers])[] = [
      ["gitlab", pipeline, { "x-gitlab-token": gitlab }],
      ["gitlab", "{", { "x-gitlab-token": gitlab, cookie: "session=canary-cookie" }],
      ["gitlab", pipeline, { "x-gitlab-token": `${gitlab}x` }],
      [`tekton?token=${tekton}`, "{", { "ce-id": "1" }],
      ["tekton", "{", { authorization: `Bearer ${tekton}`, "ce-id": "2" }],
      [`tekton?token=${tekton}x`, "{", {}],
      ["jenkins", "{", basic(jenkins)],
      [`jenkins?a=b&token=${jenkins}`, "<", {}],
      [`nowhere?token=${jenkins}&access_token=canary-access`, "", {}],
      ["github", text, signed(text)],
      ["github", "{", signed("{")],
      ["github", "{", { "x-hub-signature-256": "sha256=canary-signature" }],
    ];

    const answers = [];
    for (const [source, body, headers] of tries) answers.push(await server.deliver(source, body, headers));
    const lock = lockDatabase(server.file);
    const refused = server.deliver(`jenkins?token=${jenkins}`, "[", {}).catch(String);
    lock.release();
    answers.push(await refused);
    answers.push(await server.request("/metrics", { headers: { authorization: `Bearer ${metrics}` } }));
    answers.push(await server.request("/metrics", { headers: { authorization: `Bearer ${metrics}x` } }));
    await server.stop();

    expect(server.logged().length, "one line for each try").to.be.at.least(tries.length - 1);
    for (const place of [server.output(), JSON.stringify(answers), readBytes(await again(server))]) {
      expect(place)
        .to.not.match(/canary-(?!variable)/)
        .and.not.include(Buffer.from(`x:${jenkins}`).toString("base64"));
    }
  });

  /** A server on the same database: its log file is there again to be looked into. */
  async function again({ file }: TestServer): Promise<TestServer> {
    return start({ databaseUrl: `sqlite:${file}` }).then((server) => ({ ...server, file }));
  }

  it("never stores variables and addresses, not even of broken bodies", async () => {
    const server = await keepingBodies();
    const cut = [text.length - 3, text.indexOf("canary-variable") + 6, text.indexOf("bob@canary") + 14];
    const bodies = [
      text,
      ...cut.map((length) => text.slice(0, length)),
      `${text},`,
      text.replace("pipeline", "p\u0000p"),
    ];
    const template = JSON.stringify({ text: "custom", variables, user: person });

    for (const body of [...bodies, template]) {
      expect((await server.deliver("gitlab", body, { "x-gitlab-token": gitlab })).status).to.equal(202);
    }
    const mail = JSON.stringify({ workflow_run: { actor: person } });
    await server.deliver("github", mail, signed(mail));

    const kept = await readRows(server, "deliveries");
    expect(kept).to.have.length(bodies.length + 2);
    for (const { body } of kept) expect(body).to.be.a("string").and.not.equal("");
    const bytes = readBytes(server);
    expect(bytes).to.include("runner-4").and.include("team/shop");
    expect(bytes).to.not.include("canary").and.not.include("DEPLOY_KEY");
    expect(server.output()).to.not.include("canary");
  });

  it("keeps no body of what was understood, unless that is configured", async () => {
    const server = await start();

    await server.deliver("gitlab", pipeline);
    await server.deliver("gitlab", { object_kind: "push", commits: [{ message: "canary" }] });

    for (const row of await readRows(server, "deliveries")) expect(row).to.include({ body: null, headers: null });
    expect(readBytes(server)).to.not.include("canary");
  });

  it("logs one line of JSON per delivery, for any content", async () => {
    const server = await start();
    const forged = 'x\n{"level":"error","msg":"forged"}\r\n\u001b[31m\u2028';

    await server.deliver("gitlab", { object_kind: forged });
    await server.deliver("gitlab", { ...pipeline, object_attributes: { status: forged } });
    await server.deliver("tekton", "{}", { "ce-type": "a\tb", "content-type": "x/y\u00e4" });

    const lines = server.output().split("\n").slice(0, -1);
    expect(lines.filter((line) => line.includes('"msg":"delivery"'))).to.have.length(3);
    for (const line of lines)
      expect(JSON.parse(line)).to.have.property("level").that.is.oneOf(["debug", "info", "warn"]);
    // oxlint-disable-next-line no-control-regex -- what a terminal would act on
    expect(lines.join("")).to.not.match(/[\u0000-\u001f]/);
  });

  it("answers in words that tell nothing of the inside", async () => {
    const server = await start({ tuning: { timeoutMillis: 50 } });
    const lock = lockDatabase(server.file);

    const { status, text: response } = await server.deliver("gitlab", pipeline);
    lock.release();

    expect(status).to.equal(503);
    expect(response).to.not.match(/sqlite|insert|locked|\/tmp|node_modules| at /i);
  });
});
