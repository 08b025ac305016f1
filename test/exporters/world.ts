import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProcess, type TestProcess } from "../support/server/server.ts";

/** Exporters as shell scripts: `$1` is their metrics file, what follows `--` are arguments. */
const scripts: Readonly<Record<string, string>> = {
  fine: 'printf "noise\\n"; printf "# TYPE fine gauge\\nfine 1\\n" >"$1"',
  echoed: 'file=$1; shift; for word in "$@"; do i=$((i+1)); echo "word{i=\\"$i\\",text=\\"$word\\"} 1"; done >"$file"',
  boom: 'echo "no route to host" >&2; exit 3',
  silent: "exit 3",
  status255: "echo not me; exit 255",
  killed: "kill -9 $$",
  broken: 'printf "a 1\\nnot metrics at all\\n" >"$1"',
  fileless: "true",
  // Its child ignores SIGTERM and holds the pipes open.
  endless: "sh -c 'trap \"\" TERM; while :; do sleep 600; done' & echo begun; while :; do sleep 600; done",
  // Ends at once, but leaves a child that holds the pipes.
  leaver: '(trap "" TERM; sleep 600) & printf "left 1\\n" >"$1"',
  flood: "yes",
  filler: 'while :; do head -c 4000000 /dev/zero; done >"$1"',
  slow: 'echo x >>"$COUNTER"; sleep 1; printf "slow 1\\n" >"$1"',
  limits: 'printf "timeout %s\\ndeadline %s\\n" "$SCRIPT_TIMEOUT" "$SCRIPT_DEADLINE" >"$1"',
  secrets: 'env | grep -c -E "PIPEGAUGE|PRPC" | sed "s/^/found /" >"$1"',
};

/** What the configuration states about an exporter besides its command. */
const extras: Readonly<Record<string, string>> = {
  echoed: "arguments: true",
  endless: "timeoutSeconds: 59",
  slow: "arguments: [--n]",
};

export interface World {
  readonly folder: string;
  readonly server: TestProcess;
  /** Processes that one of the scripts has started and that still run. */
  end(): Promise<void>;
}

/** Processes whose environment names the world's folder, without the server itself: exporters and their children. */
export function findProcesses({ folder, server }: World): string[] {
  const marker = join(folder, "tmp");
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== server.pid && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes(marker);
      } catch {
        return false;
      }
    });
}

/** A real server with these exporters, a folder of modules, and `yaml` besides. */
export async function startWorld(yaml = "", env: Readonly<Record<string, string>> = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "pipegauge-exporters-"));
  mkdirSync(join(folder, "modules/nested"), { recursive: true });
  mkdirSync(join(folder, "tmp"));
  for (const [name, body] of Object.entries(scripts)) {
    writeFileSync(join(folder, `${name}.sh`), `#!/bin/sh\nCOUNTER=${folder}/counter\n${body}\n`);
    chmodSync(join(folder, `${name}.sh`), 0o755);
  }
  const module = (path: string, text: string) => writeFileSync(join(folder, "modules", path), text);
  module(
    "own.js",
    `import { Gauge } from "pipegauge/sdk";
     export const jobName = "OwnExporter";
     export const help = "own: shows what it is given";
     export async function gatherMetrics(registry, { args }) {
       console.log("printed by the module");
       new Gauge("own_words", "Words", ["words"], registry).labels(args.join(" ")).set(args.length);
       setInterval(() => undefined, 1000);
     }`,
  );
  module("nested/nested.mjs", "export const gatherMetrics = () => undefined;");
  module("nested.js", "throw new Error('the folder wins');");
  module("unloadable.js", 'import "./missing.js";');
  module("thrower.js", 'export function gatherMetrics() { throw new Error("the switch is away"); }');
  module("wrong.js", "export const something = 1;");
  const entries = Object.keys(scripts).map(
    (name) =>
      `  - { name: ${name}, command: [./${name}.sh, "{file}"]${extras[name] === undefined ? "" : `, ${extras[name]}`} }`,
  );
  const more = [
    "  - { name: dummy }",
    "  - { name: own, arguments: true }",
    "  - { name: printed, command: [echo, printed 1], output: stdout }",
    "  - { name: absent, command: [/no/such/program] }",
  ];
  writeFileSync(
    join(folder, "config.yaml"),
    [yaml, "exportersFolder: modules", "exporters:", ...entries, ...more].join("\n"),
  );
  const server = await startProcess({
    PIPEGAUGE_CONFIG: join(folder, "config.yaml"),
    PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder, "ci.db")}`,
    TMPDIR: join(folder, "tmp"),
    ...env,
  });
  return {
    folder,
    server,
    async end() {
      await server.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
