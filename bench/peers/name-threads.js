// @ts-check
import { appendFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { isMainThread } from "node:worker_threads";

/**
 * Loaded into a server before its own program (`node --import`), and by Node into each thread that it starts: notes which
 * thread of the system runs which program, in the file that `BENCH_THREADS` names. Node 20 gives all threads one name.
 */
const file = process.env["BENCH_THREADS"];

// In a thread, `process.argv` names its program only once that has been loaded.
if (file !== undefined && !isMainThread)
  setImmediate(() => {
    // A link to `<process>/task/<thread>`: https://man7.org/linux/man-pages/man5/proc.5.html
    const thread = basename(readlinkSync("/proc/thread-self"));
    appendFileSync(file, `${thread} ${basename(process.argv[1] ?? "", ".js")}\n`);
  });
