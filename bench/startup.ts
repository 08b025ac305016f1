import { dirname, join } from "node:path";
import { below, median, millis, type Extent, type Finding } from "./report.ts";
import { startPipegauge, workingDirectory } from "./server.ts";

const readyMaxMillis = 1000;

/** From the start of the process to the first 200 of /readyz: on a file that is to be made, and on one that is there. */
export async function measureStartup({ quick }: Extent): Promise<Finding[]> {
  const fresh: number[] = [];
  const again: number[] = [];
  for (let i = 0; i < (quick ? 3 : 5); i++) {
    const database = join(workingDirectory(), "pipegauge.db");
    fresh.push(await timeToReady(database));
    if (!quick) again.push(await timeToReady(database));
  }
  const found = below("start to ready, new database", median(fresh), readyMaxMillis, millis);
  return quick ? [found] : [found, below("start to ready, existing database", median(again), readyMaxMillis, millis)];
}

async function timeToReady(database: string): Promise<number> {
  const server = await startPipegauge(dirname(database), database);
  await server.stop();
  return server.readyMillis;
}
