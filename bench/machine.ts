import { spawnSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { median, millis, whole } from "./report.ts";
import { workingDirectory } from "./server.ts";

/** What the figures depend on: a line of text. */
export function machine(): string {
  const directory = workingDirectory();
  const memory = `${whole(totalmem() / 1e9)} GB`;
  return `${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores, ${memory}, Node ${process.versions.node}, ${disk(directory)}`;
}

function disk(directory: string): string {
  const { stdout } = spawnSync("df", ["--output=source,fstype", directory], { encoding: "utf8" });
  const place = (stdout ?? "").trim().split("\n").at(-1)?.replace(/\s+/g, " ") ?? "";
  return `${place} with a flush of ${millis(flushMillis(directory))}`;
}

/** The median time to write a page to the end of a file and to have it on the disk: the least a commit can take. */
function flushMillis(directory: string): number {
  const file = openSync(join(directory, "flush"), "a");
  const page = Buffer.alloc(4096, 1);
  const times = Array.from({ length: 60 }, () => {
    const began = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    return performance.now() - began;
  });
  closeSync(file);
  return median(times);
}
