import { expect } from "chai";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listFaults } from "../support/faults.ts";
import { freshFolder } from "../support/folder.ts";

type Case = readonly [NodeJS.ProcessEnv, readonly string[], string];

const url = "postgres://user:password@host/database";
const encode = "characters such as # / ? @ : in the password must be percent-encoded (# is %23)";

const cases: readonly Case[] = [
  [{ PIPEGAUGE_HOTS: "x" }, [], "PIPEGAUGE_HOTS is not a setting: did you mean PIPEGAUGE_HOST?"],
  [
    { PIPEGAUGE_JENKINS_SECRETS: "x" },
    [],
    "PIPEGAUGE_JENKINS_SECRETS is not a setting: did you mean PIPEGAUGE_JENKINS_SECRET?",
  ],
  [
    { PIPEGAUGE_GITLAB_SECRET_FIEL: "x" },
    [],
    "PIPEGAUGE_GITLAB_SECRET_FIEL is not a setting: did you mean PIPEGAUGE_GITLAB_SECRET_FILE?",
  ],
  [{ PIPEGAUGE_X: "x" }, [], "PIPEGAUGE_X is not a setting: docs/configuration.md lists them all"],
  [
    { PIPEGAUGE_CONFIG_FILE: "x" },
    [],
    "PIPEGAUGE_CONFIG_FILE is not a setting: PIPEGAUGE_CONFIG is the path of the file already",
  ],
  [{}, ["--hots", "x"], "--hots is not a flag: did you mean --host?"],
  [{}, ["--database=sqlite:x"], "--database is not a flag: did you mean --database-url?"],
  [{}, ["--metrics-token=canary"], "--metrics-token is not a flag: see --help"],
  [{}, ["-p", "80"], "-p is not a flag: see --help"],
  [{}, ["--toString"], "--toString is not a flag: see --help"],
  [{}, ["8080"], '"8080" is an unexpected argument'],
  [{}, ["--port"], "--port needs a value: --port <number>"],
  [{}, ["--host", "--port=1"], "--host needs a value: --host <address>"],
  [{}, ["--print-config=yes"], "--print-config takes no value"],
  [{ PIPEGAUGE_PORT: "80800" }, [], 'PIPEGAUGE_PORT: "80800" is not a port: give a whole number from 0 to 65535'],
  [{ PIPEGAUGE_PORT: "-1" }, [], 'PIPEGAUGE_PORT: "-1" is not a port: give a whole number from 0 to 65535'],
  [{ PIPEGAUGE_PORT: "0x50" }, [], 'PIPEGAUGE_PORT: "0x50" is not a port: give a whole number from 0 to 65535'],
  [{ PORT: "http" }, [], 'PORT: "http" is not a port: give a whole number from 0 to 65535'],
  [{}, ["--port", "8080.5"], '--port: "8080.5" is not a port: give a whole number from 0 to 65535'],
  [
    { PIPEGAUGE_RETENTION_DAYS: "7" },
    [],
    'PIPEGAUGE_RETENTION_DAYS: "7" is not a number of days: give a whole number from 30 to 36500 (below that, a repeated delivery could count twice)',
  ],
  [
    { PIPEGAUGE_MAX_SERIES: "0" },
    [],
    'PIPEGAUGE_MAX_SERIES: "0" is not a number of series: give a whole number from 10 to 1000000',
  ],
  [
    { PIPEGAUGE_PORT: "9000", PIPEGAUGE_HEALTH_PORT: "9000" },
    [],
    "PIPEGAUGE_HEALTH_PORT is 9000, as is PIPEGAUGE_PORT: choose another, or leave it out",
  ],
  [
    { PIPEGAUGE_BODY_MAX_BYTES: "20000000", PIPEGAUGE_BODY_BUDGET_BYTES: "39999999" },
    [],
    "PIPEGAUGE_BODY_BUDGET_BYTES is 39999999, less than twice PIPEGAUGE_BODY_MAX_BYTES (20000000): raise the one or lower the other",
  ],
  [
    { PIPEGAUGE_BODY_MAX_BYTES: "26214401" },
    [],
    'PIPEGAUGE_BODY_MAX_BYTES: "26214401" is not a size in bytes: give a whole number from 1024 to 26214400',
  ],
  [{ WORKERS: "0" }, [], 'WORKERS: "0" is not a number of exporters: give a whole number from 1 to 256'],
  [{ PIPEGAUGE_ALLOW_UNAUTHENTICATED: "yes" }, [], 'PIPEGAUGE_ALLOW_UNAUTHENTICATED: "yes" is neither true nor false'],
  [
    { PIPEGAUGE_LOG_LEVEL: "warning" },
    [],
    'PIPEGAUGE_LOG_LEVEL: "warning" is not one of silent, error, warn, info, debug: did you mean warn?',
  ],
  [{}, ["--host", "[::1]"], '--host: "[::1]" has brackets: write the IPv6 address without them'],
  [{ PIPEGAUGE_HOST: "http://localhost" }, [], 'PIPEGAUGE_HOST: "http://localhost" is a URL: give the address alone'],
  [
    { PIPEGAUGE_HOST: "localhost:80" },
    [],
    'PIPEGAUGE_HOST: "localhost:80" has a port in it: give the port as PIPEGAUGE_PORT',
  ],
  [{ PIPEGAUGE_HOST: "127.0.0.256" }, [], 'PIPEGAUGE_HOST: "127.0.0.256" is neither an IP address nor a host name'],
  [{ PIPEGAUGE_HOST: "a b" }, [], 'PIPEGAUGE_HOST: "a b" is neither an IP address nor a host name'],
  // Databases: what was given is never repeated
  [
    { PIPEGAUGE_DATABASE_URL: "mysql://u:canary@h/d" },
    [],
    `PIPEGAUGE_DATABASE_URL: the URL is neither sqlite:<path> nor ${url}`,
  ],
  [
    { PIPEGAUGE_DATABASE_URL: "pipegauge.db" },
    [],
    `PIPEGAUGE_DATABASE_URL: the URL is neither sqlite:<path> nor ${url}`,
  ],
  [
    { PIPEGAUGE_DATABASE_URL: "postgres://u:can#ary@h/d" },
    [],
    `PIPEGAUGE_DATABASE_URL: the URL is not a valid one: ${encode}`,
  ],
  [{}, ["--database-url", "sqlite:"], "--database-url: the URL names no file: write sqlite:<path>"],
  [{}, ["--database-url", "sqlite:/var/lib/"], "--database-url: the URL names no file: write sqlite:<path>"],
  [
    {},
    ["--database-url", "sqlite://pipegauge.db"],
    "--database-url: the URL has no host to name after sqlite: write sqlite:pipegauge.db, or sqlite:/var/lib/pipegauge.db",
  ],
  // Secrets
  [{ PIPEGAUGE_GITLAB_SECRET: "" }, [], "PIPEGAUGE_GITLAB_SECRET is empty: give it a value or remove it"],
  [{ PIPEGAUGE_METRICS_TOKEN: "  " }, [], "PIPEGAUGE_METRICS_TOKEN is empty: give it a value or remove it"],
  [{ PRPC_PSK: "" }, [], "PRPC_PSK is empty: give it a value or remove it"],
  [{ PIPEGAUGE_PORT: "" }, [], "PIPEGAUGE_PORT is empty: give it a value or remove it"],
  [{ PIPEGAUGE_GITLAB_SECRET: "," }, [], "PIPEGAUGE_GITLAB_SECRET is empty"],
  [
    { PIPEGAUGE_GITLAB_SECRET: "canary," },
    [],
    "PIPEGAUGE_GITLAB_SECRET has an empty entry: look for a comma or an empty line too many",
  ],
  [
    { PIPEGAUGE_API_TOKEN: "canary", PIPEGAUGE_API_TOKEN_FILE: "/x" },
    [],
    "PIPEGAUGE_API_TOKEN and PIPEGAUGE_API_TOKEN_FILE are both set: remove one of them",
  ],
  [
    { PIPEGAUGE_PORT: "1", PIPEGAUGE_PORT_FILE: "/x" },
    [],
    "PIPEGAUGE_PORT and PIPEGAUGE_PORT_FILE are both set: remove one of them",
  ],
  [{ PIPEGAUGE_PORT_FILE: "/no/port" }, [], "PIPEGAUGE_PORT_FILE: /no/port cannot be read: it does not exist"],
  [
    { PIPEGAUGE_TEKTON_SECRET_FILE: "/no/secret" },
    [],
    "PIPEGAUGE_TEKTON_SECRET_FILE: /no/secret cannot be read: it does not exist",
  ],
  [
    { PIPEGAUGE_TEKTON_SECRET_FILE: "/dev/zero" },
    [],
    "PIPEGAUGE_TEKTON_SECRET_FILE: /dev/zero cannot be read: it is not a regular file",
  ],
  [{ PIPEGAUGE_CONFIG: "/no/file.yaml" }, [], "/no/file.yaml cannot be read: it does not exist"],
];

describe("configuration faults", () => {
  const folder = freshFolder();

  for (const [env, argv, message] of cases) {
    it(message, () => {
      expect(listFaults(env, argv)).to.deep.equal([message]);
    });
  }

  it("an empty secret file", () => {
    const file = join(folder(), "secret");
    writeFileSync(file, "\n");

    expect(listFaults({ PIPEGAUGE_JENKINS_SECRET_FILE: file })).to.deep.equal([
      `PIPEGAUGE_JENKINS_SECRET_FILE: ${file} is empty`,
    ]);
    expect(listFaults({ PIPEGAUGE_HOST_FILE: file })).to.deep.equal([`PIPEGAUGE_HOST_FILE: ${file} is empty`]);
  });

  it("a secret file that is a folder, or far too large", () => {
    const [inner, large] = [join(folder(), "inner"), join(folder(), "large")];
    mkdirSync(inner);
    writeFileSync(large, "x".repeat(64 * 1024 + 1));

    expect(listFaults({ PIPEGAUGE_JENKINS_SECRET_FILE: inner, PIPEGAUGE_GITHUB_SECRET_FILE: large })).to.deep.equal([
      `PIPEGAUGE_JENKINS_SECRET_FILE: ${inner} cannot be read: it is not a regular file`,
      `PIPEGAUGE_GITHUB_SECRET_FILE: ${large} cannot be read: it is larger than 65536 bytes`,
    ]);
  });

  it("are printed all at once, one per line", () => {
    const file = join(folder(), "p.yaml");
    writeFileSync(file, "maxSeries: 1\nsauces: []\n");

    const faults = listFaults({ PIPEGAUGE_PORT: "x", PIPEGAUGE_HOTS: "x", PIPEGAUGE_API_TOKEN: "" }, [
      "--config",
      file,
      "--prot=1",
    ]);

    expect(faults).to.have.members([
      "PIPEGAUGE_HOTS is not a setting: did you mean PIPEGAUGE_HOST?",
      "--prot is not a flag: did you mean --port?",
      `${file}: has the unknown key "sauces": did you mean sources?`,
      'PIPEGAUGE_PORT: "x" is not a port: give a whole number from 0 to 65535',
      `${file}: maxSeries: "1" is not a number of series: give a whole number from 10 to 1000000`,
      "PIPEGAUGE_API_TOKEN is empty: give it a value or remove it",
    ]);
  });

  it("a faulty secret is not taken for none: no complaint about the address on top of it", () => {
    expect(listFaults({ PIPEGAUGE_HOST: "0.0.0.0", PIPEGAUGE_GITLAB_SECRET: "" })).to.deep.equal([
      "PIPEGAUGE_GITLAB_SECRET is empty: give it a value or remove it",
    ]);
  });

  it("never repeats a secret", () => {
    const faults = listFaults({
      PIPEGAUGE_GITLAB_SECRET: "canary,,canary",
      PIPEGAUGE_DATABASE_URL: "postgres://u:canary#@h",
      PRPC_PSK: "canary\n\ncanary",
    });

    expect(faults).to.have.length(3);
    expect(faults.join()).to.not.include("canary");
  });
});
