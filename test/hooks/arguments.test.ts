import { expect } from "chai";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { hookFlags, readHookCall, type HookCall } from "../../src/commands/hooks/parse-arguments.ts";
import { loadConfig } from "../../src/config/index.ts";
import { commonFlags, configFlags, readFlags } from "../../src/config/flags.ts";
import { AppError } from "../../src/core/errors.ts";
import { createDeliveryUrl, isSamePlace } from "../../src/hooks/hook.ts";
import { freshFolder } from "../support/folder.ts";
import { runProgram } from "../support/server/program.ts";

const env = { PIPEGAUGE_GITLAB_SECRET: "s", PIPEGAUGE_GITLAB_TOKEN: "t" };
const url = ["--url", "https://ci.example.com"];
const complete = [...url, "--project", "shop/cart"];

function read(
  provider: string | undefined,
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
): HookCall {
  const config = loadConfig({ env: variables, argv: args, flags: hookFlags });
  try {
    return readHookCall(provider, config, readFlags(args, { ...configFlags, ...commonFlags, ...hookFlags }));
  } finally {
    config.close();
  }
}

describe("pipegauge hooks: arguments", () => {
  const folder = freshFolder();

  const refused: readonly (readonly [
    string,
    string | undefined,
    readonly string[],
    Readonly<Record<string, string>>,
    readonly string[],
  ])[] = [
    [
      "no provider",
      undefined,
      complete,
      env,
      ["the provider is missing: pipegauge hooks gitlab … or pipegauge hooks github …"],
    ],
    [
      "another provider",
      "tekton",
      complete,
      env,
      ['"tekton" is not gitlab or github: pipegauge hooks gitlab … or pipegauge hooks github …'],
    ],
    [
      "nothing but a provider",
      "github",
      [],
      {},
      [
        "--url is missing: write --url https://pipegauge.example.com",
        "give one of --project or --org, which is what github has",
        "the source github has no secret: run this with the settings of the server, and give both a secret (PIPEGAUGE_GITHUB_SECRET, or secretFile in the YAML file)",
        "the token is missing: set PIPEGAUGE_GITHUB_TOKEN to a token that may administer webhooks (or _FILE to a file with it)",
      ],
    ],
    [
      "a target of the other provider",
      "gitlab",
      [...url, "--org", "x"],
      env,
      ["give one of --project or --group, which is what gitlab has; not --org"],
    ],
    [
      "two targets",
      "gitlab",
      [...complete, "--group", "shop"],
      env,
      ["give one of --project or --group, which is what gitlab has; not --project and --group"],
    ],
    [
      "a repository without its owner",
      "github",
      [...url, "--project", "cart"],
      { ...env, PIPEGAUGE_GITHUB_SECRET: "s", PIPEGAUGE_GITHUB_TOKEN: "t" },
      ['--project: "cart" is no path such as shop/cart'],
    ],
    [
      "the address of a source",
      "gitlab",
      ["--project", "a/b", "--url", "https://h/webhooks/gitlab"],
      env,
      ["--url is the address of the server, without /webhooks/…: write --url https://pipegauge.example.com"],
    ],
    [
      "a secret in the address",
      "gitlab",
      ["--project", "a/b", "--url", "https://u:p@h"],
      env,
      ["--url holds more than an address: write --url https://pipegauge.example.com, without user, password or query"],
    ],
    [
      "an address that is none",
      "gitlab",
      [...complete, "--api", "gitlab.example.com"],
      env,
      ["--api is not a web address: write --api https://gitlab.example.com"],
    ],
    [
      "a source of another provider",
      "gitlab",
      [...complete, "--source", "github"],
      env,
      ['--source: "github" is no gitlab source; there are gitlab'],
    ],
  ];
  for (const [name, provider, args, variables, lines] of refused) {
    it(`refuses ${name}`, () => {
      expect(() => read(provider, args, variables))
        .to.throw(AppError)
        .with.property("message", lines.join("\n"));
    });
  }

  it("takes the address of a server for that of its API", () => {
    const both = { ...env, PIPEGAUGE_GITHUB_SECRET: "s", PIPEGAUGE_GITHUB_TOKEN: "t" };
    const base = (provider: string, ...args: string[]) => read(provider, [...complete, ...args], both).apiBase;

    expect(base("gitlab")).to.equal("https://gitlab.com/api/v4");
    expect(base("gitlab", "--api", "https://example.com/gitlab/")).to.equal("https://example.com/gitlab/api/v4");
    expect(base("gitlab", "--api", "https://gitlab.example.com/api/v4")).to.equal("https://gitlab.example.com/api/v4");
    expect(base("github")).to.equal("https://api.github.com");
    expect(base("github", "--api", "https://git.example.com")).to.equal("https://git.example.com/api/v3");
    expect(base("github", "--api", "https://api.octocorp.ghe.com")).to.equal("https://api.octocorp.ghe.com");
  });

  it("ends with 2 and one line a fault as a program, and finds slips in flags", async () => {
    const { code, stdout, stderr } = await runProgram(["hooks", "gitlab", ...complete, "--projct", "x"], env);

    expect([code, stdout, stderr]).to.deep.equal([
      2,
      "",
      "pipegauge: --projct is not a flag: did you mean --project?\n",
    ]);
  });

  it("reads the token from a file, and the secret of a source by another name", async () => {
    writeFileSync(join(folder(), "token"), "glpat-x\n");
    writeFileSync(join(folder(), "secret"), "s\n");
    writeFileSync(join(folder(), "p.yaml"), "sources: [{name: lab, provider: gitlab, secretFile: secret}]\n");
    const args = ["hooks", "gitlab", ...complete, "--source", "lab", "--config", join(folder(), "p.yaml")];

    const { code, stdout, stderr } = await runProgram([...args, "--api", "http://127.0.0.1:9"], {
      PIPEGAUGE_GITLAB_TOKEN_FILE: join(folder(), "token"),
    });

    expect(code).to.equal(1);
    expect(stdout).to.equal("project shop/cart at http://127.0.0.1:9/api/v4\n");
    expect(stderr).to.match(/^pipegauge: GitLab at http:\/\/127\.0\.0\.1:9\/api\/v4 does not answer: .+\n$/);
  });
});

describe("address of a webhook", () => {
  it("is the server's address with the path of the source", () => {
    expect(createDeliveryUrl(new URL("https://ci.example.com"), "gitlab")).to.equal(
      "https://ci.example.com/webhooks/gitlab",
    );
    expect(createDeliveryUrl(new URL("https://h:8443/ci//"), "lab")).to.equal("https://h:8443/ci/webhooks/lab");
  });

  it("is the same however it is spelled", () => {
    const address = "https://ci.example.com/webhooks/gitlab";
    for (const same of [
      "http://CI.example.com/webhooks/gitlab/",
      "https://ci.example.com:443/webhooks/gitlab?token=x",
      "https://u:p@ci.example.com/webhooks/gitlab#x",
    ])
      expect(isSamePlace(address, same), same).to.equal(true);
    for (const other of [
      "https://ci.example.com/webhooks/github",
      "https://ci.example.com:8443/webhooks/gitlab",
      "https://example.com/webhooks/gitlab",
      "{address}",
      "",
    ])
      expect(isSamePlace(address, other), other).to.equal(false);
    expect(isSamePlace("{address}", "{address}")).to.equal(false);
  });
});
