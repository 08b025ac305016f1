import { watch, type FSWatcher } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { AppError, readMessage } from "../../core/errors.ts";
import { fail, succeed, type Result } from "../../core/result.ts";

/** What of the file is sent. */
export const fieldNames = ["started", "status", "project", "name"] as const;

/** What a job left, as text by field. */
export type JobFields = Readonly<Partial<Record<(typeof fieldNames)[number], string>>>;

/** How long to wait. A stop shortens it. */
export interface Deadline {
  /** By `performance.now()`. */
  readonly until: () => number;
  /** Aborted when the process is asked to stop: only what is there already is still sent. */
  readonly stopping: AbortSignal;
}

/** How often the file is polled, for volumes that send no events and folders that do not exist yet. */
const pollMillis = 1000;
const stoppingPollMillis = 50;
/** An invalid file may still be being written. Unchanged for this long, it counts as final. */
const settledMillis = 5000;
const bytesMax = 64 * 1024;

/** Resolves to the file's fields once it is there and whole. Throws when it never comes, or when it makes no sense. */
export async function readWhenWritten(file: string, deadline: Deadline): Promise<JobFields> {
  let last: { readonly text: string; readonly since: number } | undefined;
  for (;;) {
    const found = await readOnce(file);
    const now = performance.now();
    if (found.ok) return found.value;
    if (found.text !== undefined && found.text !== last?.text) last = { text: found.text, since: now };
    const settled = found.text !== undefined && now - (last?.since ?? now) >= settledMillis;
    if (settled || now >= deadline.until()) throw new AppError("invalid", `${file} ${found.problems.join("; ")}`);
    const pause = deadline.stopping.aborted ? stoppingPollMillis : pollMillis;
    await waitForChange(file, Math.min(pause, Math.max(1, deadline.until() - now)), deadline.stopping);
  }
}

/** `text`: what a file without fields holds, where it could be read. */
type ReadAttempt = Result<JobFields> & { readonly text?: string };

async function readOnce(file: string): Promise<ReadAttempt> {
  try {
    const { size } = await stat(file);
    if (size > bytesMax) return { ...fail(`is larger than ${bytesMax} bytes`), text: "" };
    const text = await readFile(file, "utf8");
    // Made ahead, to be written later.
    if (text.trim() === "") return fail("stayed empty");
    const fields = parseFields(text);
    return fields === undefined ? { ...fail("is no JSON object of texts"), text } : succeed(fields);
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return fail(isMissing ? "was not written" : `cannot be read: ${readMessage(error)}`);
  }
}

function parseFields(text: string): JobFields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    // Other fields of the file are ignored.
    const fields = value as Readonly<Record<string, unknown>>;
    const present = fieldNames.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]] as const]));
    const isText = present.every(([, field]) => typeof field === "string");
    return isText ? (Object.fromEntries(present) as JobFields) : undefined;
  } catch {
    return undefined;
  }
}

/** Resolves when the file changed, after `millis`, or when the process is asked to stop. */
function waitForChange(file: string, millis: number, stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let watcher: FSWatcher | undefined;
    const done = () => {
      clearTimeout(timer);
      watcher?.close();
      stopping.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, millis);
    stopping.addEventListener("abort", done);
    try {
      watcher = watch(dirname(file), (_, name) => {
        if (name === null || name === basename(file)) done();
      });
      watcher.on("error", () => undefined);
    } catch {
      // The folder does not exist yet or cannot be watched: the timer is left.
    }
  });
}
