import { expect } from "chai";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { readSources } from "../support/architecture.ts";
import { readPage } from "../support/markdown.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, days: 86_400_000 };

/** Nothing waits here: these judge or make up the times of payloads, or show how an exporter is written. */
const judging =
  /^src\/(adapters\/|answers\/|demo\/(?!send\.ts)|core\/(sender-clock|timing|job-end)\.ts|http\/legacy\/|exporters\/builtin\/dummy\.ts)/;
/** Names of units. */
const unitNames = new Set(["dayMillis"]);

const time = String.raw`\d[\d_]*(?:\s*\*\s*\w+)*`;
/** A constant, a property or a default, by its name or its type; in SQL a setting. */
const names = String.raw`\w+Millis|\w*[tT]imeout|\w*Interval|\w+Seconds|\w+(?=: Millis =)|\w+_timeout`;
const limit = new RegExp(String.raw`\b(${names})(?:: Millis)?\s*(?:=|:|\?\?)\s*(${time})`, "g");
/** A time that has no name. */
const unnamed =
  /\b(?:setTimeout|setInterval|sleep|pause)\([^;]*?,\s*[1-9][\d_]*\)|\b(?:timeout|sleep|pause)\([1-9][\d_]*\)/g;

function withoutComments(source: string): string {
  return source.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
}

/** Milliseconds of an expression such as `7 * dayMillis`; names are units. */
function toMillis(name: string, expression: string): number {
  const factors = expression.split("*").map((factor) => {
    const word = factor.trim().replaceAll("_", "");
    return { minuteMillis: units["min"], hourMillis: units["h"], dayMillis: units["days"] }[word] ?? Number(word);
  });
  return factors.reduce((product, factor) => product * factor, name.endsWith("Seconds") ? 1000 : 1);
}

const sources = [...readSources("src")].filter(([file]) => !judging.test(file));

/** Every time limit of the code in milliseconds, by file and name. */
const coded = new Map(
  sources.flatMap(([file, source]) =>
    [...withoutComments(source).matchAll(limit)]
      .map(([, name = "", expression = ""]): [string, number] => [`${file} ${name}`, toMillis(name, expression)])
      .filter(([key, millis]) => millis !== 0 && !unitNames.has(key.split(" ")[1] ?? "")),
  ),
);

/** The same, from the table of the documentation. */
const documented = new Map(
  [
    ...readPage("docs/operations.md").matchAll(/^\| [^|]+ \| (\d+) (\w+) \| `(\w+)` in `([\w./-]+)` \| [^|]+ \|$/gm),
  ].map(([, value, unit = "", name = "", file = ""]): [string, number] => [
    `${file} ${name}`,
    Number(value) * (units[unit] ?? Number.NaN),
  ]),
);

function getLimit(file: string, name: string): number {
  const millis = coded.get(`src/${file} ${name}`);
  if (millis === undefined) throw new Error(`src/${file} has no ${name}`);
  return millis;
}

/** Where the defaults of a server are. */
const server = "commands/serve/start-server.ts";

describe("time limits", () => {
  it("are all in the table of docs/operations.md, with their values, and no others", () => {
    expect(coded.size).to.be.above(40);
    expect(Object.fromEntries(documented)).to.deep.equal(Object.fromEntries(coded));
  });

  it("have names wherever something waits", () => {
    const found = sources.flatMap(([file, source]) =>
      (withoutComments(source).match(unnamed) ?? []).map((wait) => `${file}: ${wait}`),
    );

    expect(found).to.deep.equal([]);
    for (const wait of [
      "setTimeout(done, 500)",
      "setInterval(() => look(), 50)",
      "AbortSignal.timeout(10_000)",
      "await sleep(7)",
    ])
      expect(wait.match(unnamed), wait).to.have.length(1);
  });

  it("add up to less than the 10 s after which GitLab and GitHub hang up, with a second for the network", () => {
    expect(getLimit(server, "timeoutMillis") + getLimit("core/ledger.ts", "marginMillis")).to.be.at.most(9000);
  });

  it("leave a delivery time for a second try after a connection that fell silent", () => {
    const timeout = getLimit(server, "timeoutMillis");
    const silence = getLimit("core/store/db/stalled-connections.ts", "silentMillis");

    expect(silence + getLimit("core/store/db/connect.ts", "connectionTimeoutMillis")).to.be.below(timeout);
    expect(getLimit("core/store/db/connect.ts", "acquireConnectionTimeout")).to.be.below(timeout);
    // A silent connection is replaced before the server calls itself not ready.
    expect(silence).to.be.below(getLimit("core/watch-writes.ts", "hangingMillis"));
  });

  it("let a stop end before the supervisor kills the process", () => {
    const stop = [
      getLimit("commands/serve/serve.ts", "lameDuckMillis"),
      getLimit(server, "graceMillis"),
      getLimit("core/store/record/writer.ts", "endMillis"),
    ].reduce((sum, millis) => sum + millis);
    const read = (file: string) => readFileSync(root + file, "utf8");
    const seconds = (file: string, pattern: RegExp) => Number(pattern.exec(read(file))?.[1]);

    expect(seconds("docker-compose.yml", /stop_grace_period: (\d+)s/) * 1000).to.be.at.least(stop);
    expect(seconds("deploy/systemd/pipegauge.service", /^TimeoutStopSec=(\d+)$/m) * 1000).to.be.at.least(stop);
    expect(seconds("helm/pipegauge/values.yaml", /^terminationGracePeriodSeconds: (\d+)$/m) * 1000).to.be.at.least(
      stop,
    );
  });

  it("answer a probe before it gives up, and a reader before PostgreSQL's answer is of no use", () => {
    const values = parse(readFileSync(`${root}helm/pipegauge/values.yaml`, "utf8")) as {
      readonly readinessProbe: { readonly timeoutSeconds: number };
    };
    const health = getLimit("http/health.ts", "pingTimeoutMillis");

    expect(values.readinessProbe.timeoutSeconds * 1000).to.be.above(health);
    expect(getLimit("commands/healthcheck/healthcheck.ts", "timeoutMillis")).to.be.above(health);
    expect(getLimit("core/store/read/queries.ts", "statement_timeout")).to.be.below(
      getLimit("core/store/read/index.ts", "timeoutMillis"),
    );
    expect(getLimit("exporters/make-runnable.ts", "limitSeconds")).to.be.below(
      getLimit("http/metrics.ts", "maxScrapeTimeoutMillis"),
    );
  });
});
