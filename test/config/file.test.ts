import { expect } from "chai";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../src/config/index.ts";
import type { Source } from "../../src/config/sources.ts";
import { listFaults } from "../support/faults.ts";
import { freshFolder } from "../support/folder.ts";

describe("configuration file", () => {
  const folder = freshFolder();

  function write(text: string): string {
    const file = join(folder(), "p.yaml");
    writeFileSync(file, text);
    return file;
  }

  function load(text: string, env: NodeJS.ProcessEnv = {}): ReturnType<typeof loadConfig> {
    const config = loadConfig({ env, argv: ["--config", write(text)] });
    config.close();
    return config;
  }

  const plain = ({ name, provider, secrets, keepBodies }: Source) => [name, provider, secrets(), keepBodies];

  it("may be empty", () => {
    expect(load("# nothing yet\n").port).to.equal(8080);
  });

  it("holds the plain settings, rules and origins", () => {
    const config = load(`
      host: 127.0.0.2
      port: 81
      databaseUrl: sqlite:/tmp/x.db
      allowUnauthenticated: true
      retentionDays: 40
      maxSeries: 20
      maxSamples: 2000
      maxJobs: 50
      seriesOpenPercent: 40
      seriesSharePercent: 5
      rollupShards: 6
      partitioned: true
      bodyMaxBytes: 4096
      logLevel: warn
      taskRules:
        - { type: deploy, stages: [release, "prod-*"], jobs: [ship], except: [dry-run] }
      runnerClasses:
        - { name: gpu, labels: ["gpu-*", "*cuda*"] }
      cloudEventOrigins: [events.example.com]
    `);

    expect(config).to.deep.include({
      host: "127.0.0.2",
      port: 81,
      databaseUrl: "sqlite:/tmp/x.db",
      allowUnauthenticated: true,
      retentionDays: 40,
      seriesMax: 20,
      samplesMax: 2000,
      jobsMax: 50,
      seriesOpenPercent: 40,
      seriesSharePercent: 5,
      rollupShards: 6,
      partitioned: true,
      bodyMaxBytes: 4096,
      logLevel: "warn",
      taskRules: [{ type: "deploy", stages: ["release", "prod-*"], jobs: ["ship"], except: ["dry-run"] }],
      runnerClasses: [{ name: "gpu", labels: ["gpu-*", "*cuda*"] }],
      cloudEventOrigins: ["events.example.com"],
    });
  });

  it("holds several sources of a provider, in place of the one named like it", () => {
    writeFileSync(join(folder(), "secret"), "from file\n");

    const { sources, host } = load(`
      sources:
        - { name: gitlab-main, provider: gitlab, secret: "one, with a comma" }
        - { name: gitlab-lab, provider: gitlab, secrets: [new, old], keepBodies: true }
        - { name: ci.1, provider: jenkins, secretFile: secret }
        - { name: open, provider: tekton }
    `);

    expect(sources.map(plain)).to.deep.equal([
      ["gitlab-main", "gitlab", ["one, with a comma"], false],
      ["gitlab-lab", "gitlab", ["new", "old"], true],
      ["ci.1", "jenkins", ["from file"], false],
      ["open", "tekton", [], false],
      ["github", "github", [], false],
    ]);
    expect(host).to.equal("0.0.0.0");
  });

  it("takes what only one provider has for its sources alone, and refuses it for others", () => {
    const config = load("sources: [{name: a, provider: gitlab, pipelineLabel: name}, {name: b, provider: gitlab}]");
    const faults = (text: string) => listFaults({}, ["--config", write(text)]);

    expect(config.sources.slice(0, 2).map(({ settings }) => settings)).to.deep.equal([{ pipelineLabel: "name" }, {}]);
    expect(load("sources: [{name: a, provider: github, keepTitles: false}]").sources[0]?.settings).to.deep.equal({
      keepTitles: false,
    });
    expect(faults("sources: [{name: a, provider: github, pipelineLabel: name}]").join()).to.match(
      /sources\[0\]\.pipelineLabel is for sources of gitlab, but this one's provider is github$/,
    );
    expect(load("sources: [{name: a, provider: tekton, runnerClassKey: pool}]").sources[0]?.settings).to.deep.equal({
      runnerClassKey: "pool",
    });
    expect(faults("sources: [{name: a, provider: gitlab, runnerClassKey: pool}]").join()).to.match(
      /sources\[0\]\.runnerClassKey is for sources of tekton, but this one's provider is gitlab$/,
    );
    expect(faults("sources: [{name: a, provider: gitlab, pipelineLabel: ref}]").join()).to.match(
      /sources\[0\]\.pipelineLabel must be one of project, name$/,
    );
  });

  it("a provider's own variable brings its source back, and adds to one of that name", () => {
    const text = `
      sources:
        - { name: gitlab-lab, provider: gitlab, secret: a }
        - { name: github, provider: github, secret: b, keepBodies: true }
    `;

    const { sources } = load(text, { PIPEGAUGE_GITLAB_SECRET: "c", PIPEGAUGE_GITHUB_SECRET: "d,b" });

    expect(sources.map(plain)).to.deep.equal([
      ["gitlab-lab", "gitlab", ["a"], false],
      ["github", "github", ["b", "d"], true],
      ["gitlab", "gitlab", ["c"], false],
      ["tekton", "tekton", [], false],
      ["jenkins", "jenkins", [], false],
    ]);
  });

  const pattern = 'must be lower-case letters, digits, ".", "_" and "-", at most 63, a letter or digit first';
  const cases: readonly (readonly [string, readonly (string | RegExp)[]])[] = [
    ["- a", ["the file must be a map of keys and values"]],
    ["a: b: c", ["line 1, column 4: not valid YAML (block as implicit key)"]],
    ["port: 1\nport: 2", ["line 2, column 1: not valid YAML (duplicate key)"]],
    ["host: !!canary x", ["line 1, column 7: not valid YAML (tag resolve failed)"]],
    ["host: *canary", ["it has an alias (*name) without an anchor (&name): quote texts that begin with *"]],
    ["prot: 1", ['has the unknown key "prot": did you mean port?']],
    ["__proto__: {port: 1}", [/^has the unknown key "__proto__": allowed: host, port, /]],
    ["port: '80'", ["port must be a whole number"]],
    ["allowUnauthenticated: yes", ["allowUnauthenticated must be true or false"]],
    ["host:", ["host must be a text"]],
    ["sources: {}", ["sources must be a list"]],
    ["sources: [{}]", ["sources[0] has no name", "sources[0] has no provider"]],
    ["sources: [{name: Upper, provider: gitlab}]", [`sources[0].name ${pattern}`]],
    ["sources: [{name: a/b, provider: gitlab}]", [`sources[0].name ${pattern}`]],
    ["sources: [{name: a, provider: gitlub}]", ["sources[0].provider must be one of gitlab, tekton, jenkins, github"]],
    [
      "sources: [{name: a, provider: gitlab, sekret: x}]",
      ['sources[0] has the unknown key "sekret": did you mean secret?'],
    ],
    ["sources: [{name: a, provider: gitlab, secret: 0123}]", ["sources[0].secret must be a text"]],
    ["sources: [{name: a, provider: gitlab, secret: ''}]", ["sources[0].secret must NOT have fewer than 1 characters"]],
    ["sources: [{name: a, provider: gitlab, secret: ' '}]", ["sources[0].secret is empty or has several lines"]],
    [
      "sources: [{name: a, provider: gitlab, secrets: [x, ' ']}]",
      ["sources[0].secrets[1] is empty or has several lines"],
    ],
    ["sources: [{name: a, provider: gitlab, secrets: []}]", ["sources[0].secrets must NOT have fewer than 1 items"]],
    [
      "sources: [{name: a, provider: gitlab, secret: x, secretFile: y}]",
      ["sources[0] has secret and secretFile: give one of them"],
    ],
    [
      "sources: [{name: a, provider: gitlab}, {name: a, provider: github}]",
      ["sources[1].name is a, as is sources[0].name: names must differ"],
    ],
    [
      "sources: [{name: gitlab, provider: github}]",
      ["sources[0].name is gitlab, but its provider is github: a provider's name is reserved for its own source"],
    ],
    [
      "sources: [{name: run-counter, provider: github}]",
      ["sources[0].name is run-counter, which is reserved for an older API: choose another"],
    ],
    ["taskRules: [{type: lint, jobs: [x]}]", ["taskRules[0].type must be one of build, test, deploy"]],
    ["runnerClasses: [{name: gpu}]", ["runnerClasses[0] has no labels"]],
    ["taskRules: [{type: build, except: [x]}]", ["taskRules[0] has neither stages nor jobs, so no job fits it"]],
    ["cloudEventOrigins: ['a b']", ["cloudEventOrigins[0] must be a host name"]],
    ["logLevel: loud", ['logLevel: "loud" is not one of silent, error, warn, info, debug']],
    ["port: 70000", ['port: "70000" is not a port: give a whole number from 0 to 65535']],
  ];

  for (const [text, problems] of cases) {
    it(`refuses ${text.replaceAll("\n", " ⏎ ")}`, () => {
      const file = write(text);

      const faults = listFaults({}, ["--config", file]);

      expect(faults).to.have.length(problems.length);
      problems.forEach((problem, i) => {
        const fault = faults[i]?.replace(`${file}: `, "") ?? "";
        if (typeof problem === "string") expect(fault).to.equal(problem);
        else expect(fault).to.match(problem);
        expect(faults[i]).to.satisfy((line: string) => line.startsWith(file));
      });
    });
  }

  it("names a secret file that is missing by its whole path, relative to its own folder", () => {
    const file = write("sources: [{name: a, provider: gitlab, secretFile: keys/a}]");

    expect(listFaults({}, ["--config", file])).to.deep.equal([
      `${file}: sources[0].secretFile: ${join(folder(), "keys/a")} cannot be read: it does not exist`,
    ]);
  });

  it("is not taken for one without secrets when it was not understood", () => {
    const file = write("host: 0.0.0.0\nsources: [{name: a, provider: gitlab, sekret: x}]");

    expect(listFaults({}, ["--config", file])).to.have.length(1);
  });
});
