import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HttpRequest } from "./payloads.ts";
import { atLeast, equal, info, millis, perSecond, ratio, getMedian, type Extent, type Finding } from "./report.ts";
import { read, startPipegauge, startProgram, workingDirectory, type Server } from "./server.ts";
import { total } from "./tally.ts";
import { connections, drive, type Round } from "./wrk.ts";

const ratioMin = 10;
const workers = 4;
const peers = fileURLToPath(new URL("./peers", import.meta.url));

const post: HttpRequest = {
  path: "/metrics",
  headers: { "Content-Type": "application/json" },
  body: '{"name": "car_factory", "success": true}',
};

/** The run counter's POST against the same contract in Flask under gunicorn, both with a durable commit before the answer. */
export async function measureLegacy({ quick }: Extent): Promise<Finding[]> {
  if (spawnSync("gunicorn", ["--version"]).error !== undefined)
    throw new Error("gunicorn is not installed: apt-get install python3-flask gunicorn, then try again");
  const directory = workingDirectory();
  const servers: Server[] = [];
  try {
    const flask = await startProgram(
      "gunicorn",
      ["--workers", String(workers), "run_counter:app"],
      directory,
      (port) => ({
        GUNICORN_CMD_ARGS: `--bind 127.0.0.1:${port} --chdir ${peers}`,
        PRPC_DB_PATH: join(directory, "prpc.db"),
        PYTHONDONTWRITEBYTECODE: "1",
      }),
    );
    servers.push(flask);
    const pipegauge = await startPipegauge(directory, join(directory, "pipegauge.db"));
    servers.push(pipegauge);

    const [theirs, ours]: [Round[], Round[]] = [[], []];
    for (let round = 0; round <= (quick ? 1 : 3); round++) {
      const load = { payload: post, round, directory, seconds: round === 0 ? 4 : 5, drainMillis: 2000 };
      // Two requests a worker keep it busy; more would only wait for the lock of its file, some of them for seconds.
      theirs.push(await drive({ ...load, host: flask.host, open: 2 * workers }));
      ours.push(await drive({ ...load, host: pipegauge.host }));
    }
    const rates = [getMedian(theirs.slice(1), "perSecond"), getMedian(ours.slice(1), "perSecond")] as const;
    return [
      info(`Flask under gunicorn, ${workers} workers, ${2 * workers} connections`, perSecond(rates[0])),
      info(`Pipegauge, ${connections} connections`, perSecond(rates[1])),
      atLeast("Pipegauge / Flask", rates[1] / rates[0], ratioMin, ratio),
      info("acknowledged, p99", millis(getMedian(ours.slice(1), "p99Millis"))),
      ...(await counted("Flask", flask, theirs)),
      ...(await counted("Pipegauge", pipegauge, ours)),
    ];
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function counted(name: string, { host }: Server, rounds: readonly Round[]): Promise<Finding[]> {
  const shown = total(await read(`http://${host}/metrics`), "car_factory_pipeline_run_total");
  const acknowledged = rounds.reduce((sum, round) => sum + round.acknowledged, 0);
  return [equal(`${name}: runs counted, of those acknowledged`, shown, acknowledged)];
}
