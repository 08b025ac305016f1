import { expect } from "chai";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { loadConfig } from "../../src/config/index.ts";
import { createSecretFiles } from "../../src/config/secret-files.ts";
import { countShortSecrets, splitList, type Secrets } from "../../src/config/secrets.ts";
import { freshFolder } from "../support/folder.ts";
import { until } from "../support/wait.ts";

const everyMillis = 5;

/** Replaces a file as a whole: a look in the middle of a write would find it empty, and say so. */
function replaceFile(path: string, contents: string | Buffer): void {
  writeFileSync(`${path}.new`, contents);
  renameSync(`${path}.new`, path);
}

describe("secret files", () => {
  const folder = freshFolder();
  let messages: string[];
  let stop: () => void;

  beforeEach(() => {
    messages = [];
    stop = () => undefined;
  });
  afterEach(() => stop());

  function watched(path: string): Secrets {
    const files = createSecretFiles();
    const read = files.read(path, splitList);
    if (!read.ok) throw new Error(read.problems.join());
    const note = (message: string) => void messages.push(message);
    stop = files.watch({ info: note, warn: note }, everyMillis);
    return read.value;
  }

  it("are not spoken of any more once the watch has ended, even in the middle of a look", async () => {
    for (let i = 0; i < 20; i++) {
      const path = join(folder(), `secret-${i}`);
      writeFileSync(path, "old");
      const files = createSecretFiles();
      files.read(path, splitList);
      const late: string[] = [];
      const note = (message: string) => void late.push(message);
      const end = files.watch({ info: note, warn: note }, 1);
      // A look begins somewhere in these, and is not over before all of those.
      for (let turn = 0; turn < 10 + i; turn++) await stat(folder());
      rmSync(path);
      end();
      for (let turn = 0; turn < 30; turn++) await stat(folder());
      expect(late).to.deep.equal([]);
    }
  });

  it("are read again when they change", async () => {
    const path = join(folder(), "secret");
    writeFileSync(path, "old\n");
    const secrets = watched(path);
    expect(secrets()).to.deep.equal(["old"]);

    replaceFile(path, "new, old\n");
    await until(() => secrets().length === 2);

    expect(secrets()).to.deep.equal(["new", "old"]);
    expect(messages).to.deep.equal([`${path} was read again; secrets in use: 2`]);
  });

  const unusable: readonly (readonly [string, string | Buffer])[] = [
    ["bytes that are no text", Buffer.from([0x00, 0xff, 0xfe, 0x61])],
    ["bytes that are no UTF-8", Buffer.from([0x61, 0xff, 0x62])],
    ["a NUL", "new\u0000secret"],
    ["an escape", "new\u001bsecret"],
  ];
  for (const [what, contents] of unusable)
    it(`keep the secrets that are in use when the file then has ${what}`, async () => {
      const path = join(folder(), "secret");
      writeFileSync(path, "old\n");
      const secrets = watched(path);

      replaceFile(path, contents);
      await until(() => messages.length > 0);

      expect(secrets()).to.deep.equal(["old"]);
      expect(messages[0]).to.match(/has a character that no header can carry.*the secrets read before stay in use/);
      expect(messages[0]).to.not.include("new");
    });

  it("are weak below 16 characters, the prefix of a signing token not counted", () => {
    const weak = ["", "x", "fifteen-letters", "whsec_", "whsec_abc", `whsec_${"a".repeat(15)}`];
    const good = ["sixteen-letters!", `whsec_${"a".repeat(16)}`];

    expect(weak.filter((secret) => countShortSecrets([secret]) === 0)).to.deep.equal([]);
    expect(countShortSecrets(good)).to.equal(0);
    expect(countShortSecrets([...good, "x"])).to.equal(1);
  });

  it("are followed through the symbolic links that Kubernetes swaps", async () => {
    const at = (name: string) => join(folder(), name);
    for (const [version, secret] of [
      ["v1", "old"],
      ["v2", "new"],
    ] as const) {
      mkdirSync(at(version));
      writeFileSync(join(at(version), "secret"), secret);
    }
    symlinkSync("v1", at("..data"));
    symlinkSync("..data/secret", at("secret"));
    const secrets = watched(at("secret"));

    symlinkSync("v2", at("..data_tmp"));
    renameSync(at("..data_tmp"), at("..data"));
    rmSync(at("v1"), { recursive: true });

    await until(() => secrets()[0] === "new");
    expect(secrets()).to.deep.equal(["new"]);
  });

  for (const [name, spoil, problem] of [
    ["vanish", (path: string) => rmSync(path), "cannot be read: it does not exist"],
    ["become empty", (path: string) => replaceFile(path, "\n"), "is empty"],
    [
      "get an empty entry",
      (path: string) => replaceFile(path, "a,,b"),
      "has an empty entry: look for a comma or an empty line too many",
    ],
  ] as const) {
    it(`keep their last value when they ${name}, say so once, and recover`, async () => {
      const path = join(folder(), "secret");
      writeFileSync(path, "good");
      const secrets = watched(path);

      spoil(path);
      await until(() => messages.length > 0);
      expect(secrets()).to.deep.equal(["good"]);

      replaceFile(path, "better");
      await until(() => secrets()[0] === "better");
      expect(messages).to.deep.equal([
        `${path} ${problem}; the secrets read before stay in use`,
        `${path} was read again; secrets in use: 1`,
      ]);
    });
  }

  it("say when they are back unchanged", async () => {
    const path = join(folder(), "secret");
    writeFileSync(path, "good");
    const secrets = watched(path);

    rmSync(path);
    await until(() => messages.length === 1);
    replaceFile(path, "good\n");
    await until(() => messages.length === 2);

    expect(messages[1]).to.equal(`${path} can be read again and has not changed`);
    expect(secrets()).to.deep.equal(["good"]);
  });

  it("are no longer looked at after the end", async () => {
    const path = join(folder(), "secret");
    writeFileSync(path, "old");
    const secrets = watched(path);
    const other = join(folder(), "other");
    writeFileSync(other, "old");

    stop();
    replaceFile(path, "new");
    replaceFile(other, "new");
    // Another watcher that sees its own file change has looked at least once since.
    const witness = watched(other);
    expect(witness()).to.deep.equal(["new"]);
    replaceFile(other, "newer");
    await until(() => witness()[0] === "newer");

    expect(secrets()).to.deep.equal(["old"]);
  });

  it("rotate a source, a token and a key of a loaded configuration", async () => {
    const at = (name: string, text: string): string => {
      replaceFile(join(folder(), name), text);
      return join(folder(), name);
    };
    const note = (message: string) => void messages.push(message);
    at("lab", "old");
    const config = loadConfig({
      env: {
        PIPEGAUGE_GITLAB_SECRET_FILE: at("gitlab", "old"),
        PIPEGAUGE_METRICS_TOKEN_FILE: at("token", "old"),
        PRPC_PSK_FILE: at("psk", "old"),
        PIPEGAUGE_CONFIG: at("p.yaml", "sources: [{name: lab, provider: gitlab, secretFile: lab}]\n"),
      },
      argv: [],
      log: { info: note, warn: note },
    });
    stop = config.close;
    const inUse = () => [
      ...config.sources.flatMap(({ secrets }) => secrets()),
      ...config.metricsTokens(),
      ...config.legacyKeys(),
    ];
    expect(inUse()).to.deep.equal(["old", "old", "old", "old"]);

    for (const name of ["gitlab", "token", "psk", "lab"]) at(name, "new");
    await until(() => !inUse().includes("old"));

    expect(inUse()).to.deep.equal(["new", "new", "new", "new"]);
    expect(messages).to.have.length(4);
  });
});
