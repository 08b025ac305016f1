import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { variables } from "../../src/config/environment.ts";
import { fileKeys } from "../../src/config/file-schema.ts";
import { freshFolder } from "../support/folder.ts";
import { layOut } from "../support/helm/pod.ts";
import {
  at,
  chartFolder,
  listAt,
  only,
  render,
  requireHelm,
  valuesFiles,
  toText,
  type Manifest,
  type Tree,
} from "../support/helm/chart.ts";
import { runProgram } from "../support/server/program.ts";

/** What the Secrets of the user's own hold, in the values files that name such. */
const theirs: Readonly<Record<string, string>> = {
  "pipegauge-senders/gitlab": "one,two",
  "pipegauge-senders/lab": "three",
  "pipegauge-senders/jenkins": "four",
  "pipegauge-senders/github": "five",
  "tekton-sink/token": "six",
  "ledger-ca/ca.crt": rootCertificates[0] ?? "",
  "ledger-app/uri": "postgresql://app:pw@ledger-rw.databases:5432/app",
  "pipegauge-tokens-of-ours/metrics-token": "seven,eight",
  "pipegauge-tokens-of-ours/api-token": "nine",
  "pipegauge-tokens-of-ours/prpc": "ten",
};

/** What `check-config` has to say of each values file. */
const says: Readonly<Record<string, readonly RegExp[]>> = {
  "sqlite-values.yaml": [
    /listens on 0\.0\.0\.0:8080/,
    /stores in SQLite file \S+\/data\/pipegauge\.db/,
    /source gitlab \(gitlab\): 1 secret\n/,
    /source tekton \(tekton\): no secret: refuses all deliveries/,
    /\/metrics is open/,
  ],
  "postgres-ha-values.yaml": [
    /stores in PostgreSQL database pipegauge on db\.example\.com:5432 as pipegauge/,
    /source gitlab \(gitlab\): 2 secrets/,
    /source github \(github\): 1 secret\n/,
  ],
  "existing-secrets-values.yaml": [
    /stores in PostgreSQL database app on ledger-rw\.databases:5432 as app/,
    /source gitlab \(gitlab\): 2 secrets/,
    /source gitlab-lab \(gitlab\): 1 secret\n/,
    /source tekton \(tekton\): 1 secret\n/,
    /source jenkins \(jenkins\): 1 secret\n/,
    /source github \(github\): 1 secret\n/,
    /\/metrics is protected by 2 tokens/,
    /the page and the read API are protected by 1 token\n/,
  ],
  "monitoring-everything-values.yaml": [/\/metrics is protected by 2 tokens/],
  "unauthenticated-values.yaml": [/listens on 0\.0\.0\.0:8080/, /no secret: accepts deliveries from anyone/],
  "everything-else-values.yaml": [
    /listens on \[::\]:8080/,
    /source gitlab-main \(gitlab\): 1 secret\n/,
    /stale after 14 days/,
  ],
};

const existing = (name: string, key: string) => {
  const found = theirs[`${name}/${key}`];
  if (found === undefined) throw new Error(`no Secret ${name} with the key ${key}`);
  return found;
};

const getPod = (manifests: readonly Manifest[]) => at(only(manifests, "Deployment"), "spec.template.spec") as Tree;

describe("the chart's settings", function () {
  this.timeout(60_000);
  const folder = freshFolder();
  before(requireHelm);

  for (const file of valuesFiles) {
    it(`of ${file} are in order, says the program itself`, async () => {
      const manifests = await render({ files: [file] });
      const { env } = layOut(getPod(manifests), manifests, folder(), existing);
      const supported = variables.flatMap((name) => [name, `${name}_FILE`]);

      const ours = Object.keys(env).filter((name) => /^(PIPEGAUGE|PRPC)_/.test(name));
      expect(ours).to.include("PIPEGAUGE_CONFIG");
      expect(supported).to.include.members(ours);
      const { code, stdout, stderr } = await runProgram(["check-config"], env);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
      expect(stdout).to.match(/^ok\n/);
      for (const line of says[file] ?? []) expect(stdout).to.match(line);
    });
  }

  it("reach the program as they were given", async () => {
    const manifests = await render({ files: ["everything-else-values.yaml"] });
    const { env } = layOut(getPod(manifests), manifests, folder(), existing);

    const { stdout } = await runProgram(["check-config", "--print-config"], env);
    expect(JSON.parse(stdout)).to.deep.include({
      retentionDays: 90,
      staleDays: 14,
      publicBadges: true,
      collectorViews: true,
      seriesMax: 1_000_000,
      samplesMax: 10_000_000,
      jobsMax: 30_000,
      seriesOpenPercent: 60,
      seriesSharePercent: 20,
      rollupShards: 3,
      partitioned: true,
      bodyMaxBytes: 20_000_000,
      bodyBudgetBytes: 50_000_000,
      connectionsPerAddress: 1024,
      healthPort: 8081,
      deadLetterBytes: 2_000_000,
      logLevel: "debug",
      cloudEventOrigins: ["events.example.com"],
      prices: [{ runnerClass: "ubuntu-*", from: Date.UTC(2026, 0, 1), perMinute: 0.006, rounding: "minute_up" }],
      taskRules: [
        { type: "build", stages: ["build", "package-*"], jobs: ["build-e2e"] },
        { type: "test", stages: ["test"], except: ["lint"] },
      ],
      runnerClasses: [{ name: "gpu", labels: ["gpu-*"] }],
    });
  });

  it("are all settings of the program's configuration file, with its own names and limits", () => {
    const schema = JSON.parse(readFileSync(join(chartFolder, "values.schema.json"), "utf8")) as Tree;
    const listKeys = (path: string) => Object.keys(at(schema, `${path}.properties`) as Tree);
    // What the chart decides itself, from the port that it opens, the database, and the sources. No sender shares a pod's host,
    // and no pod has a terminal.
    const ofSource = [
      "name",
      "provider",
      "secret",
      "secretFile",
      "secrets",
      "keepBodies",
      "pipelineLabel",
      "runnerClassKey",
      "keepTitles",
    ];
    const decided = ["port", "databaseUrl", "trustLocal", "logFormat", "sources", ...ofSource];

    const lists = ["taskRule", "runnerRule", "exporter", "price"].map((name) => `definitions.${name}`);
    const offered = ["properties.config", ...lists].flatMap(listKeys);
    expect(
      offered.filter((key) => !fileKeys.includes(key)),
      "values that the program does not know",
    ).to.be.empty;
    expect(
      fileKeys.filter((key) => ![...offered, ...decided].includes(key)),
      "settings without a value",
    ).to.be.empty;
  });
});

describe("the chart's secrets", () => {
  before(requireHelm);

  const secretTexts = [
    "a-secret-of-gitlab",
    "a-secret-of-github",
    "a-secret-of-tekton",
    "a-secret-of-jenkins",
    "the-one-before",
    "a-metrics-token",
    "an-api-token",
    "a, key, with, commas",
    "p%40ss",
    "pipegauge:secret@",
  ];

  for (const file of valuesFiles) {
    it(`of ${file} are in Secrets alone`, async () => {
      const values = readFileSync(join(chartFolder, "ci", file), "utf8");
      const manifests = await render({ files: [file] });

      const used = secretTexts.filter((secret) => values.includes(secret));
      const others = JSON.stringify(manifests.filter(({ kind }) => kind !== "Secret"));
      for (const secret of used) {
        expect(others).not.to.include(secret);
        expect(others).not.to.include(Buffer.from(secret).toString("base64").replace(/=+$/, ""));
      }
      const stored = manifests
        .filter(({ kind }) => kind === "Secret")
        .flatMap(({ data }) => Object.values(data as Record<string, string>))
        .map((encoded) => Buffer.from(encoded, "base64").toString("utf8"))
        .join("\n");
      expect(used.filter((secret) => !stored.includes(secret))).to.deep.equal([]);
    });

    it(`of ${file} reach the pod as files that change with them, never as values`, async () => {
      const manifests = await render({ files: [file] });

      const containers = listAt(getPod(manifests), "containers");
      for (const container of containers) {
        const fromSecrets = listAt(container, "env").filter(
          (entry) => at(entry, "valueFrom.secretKeyRef") !== undefined,
        );
        expect(fromSecrets).to.deep.equal([]);
        expect(listAt(container, "volumeMounts").filter((mount) => "subPath" in mount)).to.deep.equal([]);
      }
      for (const { name } of listAt(containers[0], "env")) {
        if (/SECRET|TOKEN|PSK|DATABASE/.test(toText(name))) expect(name).to.match(/_FILE$/);
      }
    });
  }

  it("of the user's own are never copied", async () => {
    const manifests = await render({ files: ["existing-secrets-values.yaml"] });

    expect(manifests.filter(({ kind }) => kind === "Secret")).to.deep.equal([]);
  });
});
