import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { atLeast, info, ratio, type Finding } from "./report.ts";
import { track } from "./server.ts";

const program = fileURLToPath(new URL("./exposition.ts", import.meta.url));
const timeoutMillis = 120_000;

/** bench/exposition.ts in a process of its own: rendering alone, without HTTP and database. */
export async function measureExposition(): Promise<Finding[]> {
  const child = spawn(process.execPath, ["--import", "tsx", program], { stdio: ["ignore", "pipe", "inherit"] });
  track(child);
  const late = setTimeout(() => child.kill("SIGKILL"), timeoutMillis);
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearTimeout(late);
  if (code !== 0) throw new Error(`bench/exposition.ts ended with ${code ?? "a signal"}`);
  const times = [...text.matchAll(/^(.+?)\s{2,}(\d.* ms) \(/gm)].map(([, what = "", value = ""]) => info(what, value));
  const ahead = /^prom-client \/ pipegauge, .*: ([\d.]+) by the clock, ([\d.]+) on the processor$/m.exec(text);
  return [
    ...times,
    atLeast("prom-client / Pipegauge, rendering alone", Number(ahead?.[1]), 1, ratio),
    atLeast("prom-client / Pipegauge, processor time", Number(ahead?.[2]), 1, ratio),
  ];
}
