import { watch, type FSWatcher } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { AppError, messageOf } from "../../core/errors.ts";
import { fail, succeed, type Result } from "../../core/result.ts";

/** What of the file is sent. */
export const fieldNames = ["started", "status", "project", "name"] as const;

/** What a job left, as text by field. */
export type JobFields = Readonly<Partial<Record<(typeof fieldNames)[number], string>>>;

/** How long to wait. A stop shortens it. */
export interface Patience {
  /** By `performance.now()`. */
  readonly until: () => number;
  /** Aborted when there is no more time to wait for what may still come. */
  readonly hurry: AbortSignal;
}

/** Volumes that send no events are looked at this often; it is also how long a folder may take to be noticed. */
const pollMillis = 1000;
const hurriedPollMillis = 50;
/** A file that is written in pieces changes; one that says nonsense for this long will not change any more. */
const settledMillis = 5000;
const bytesMax = 64 * 1024;

/** Resolves to the file's fields once it is there and whole. Throws when it never comes, or when it makes no sense. */
export async function readWhenWritten(file: string, patience: Patience): Promise<JobFields> {
  let last: { readonly text: string; readonly since: number } | undefined;
  for (;;) {
    const found = await look(file);
    const now = performance.now();
    if (found.ok) return found.value;
    if (found.text !== undefined && found.text !== last?.text) last = { text: found.text, since: now };
    const settled = found.text !== undefined && now - (last?.since ?? now) >= settledMillis;
    if (settled || now >= patience.until()) throw new AppError("invalid", `${file} ${found.problems.join("; ")}`);
    const pause = patience.hurry.aborted ? hurriedPollMillis : pollMillis;
    await change(file, Math.min(pause, Math.max(1, patience.until() - now)), patience.hurry);
  }
}

/** `text`: what a file without fields holds, where it could be read. */
type Look = Result<JobFields> & { readonly text?: string };

async function look(file: string): Promise<Look> {
  try {
    const { size } = await stat(file);
    if (size > bytesMax) return { ...fail(`is larger than ${bytesMax} bytes`), text: "" };
    const text = await readFile(file, "utf8");
    // Made ahead, to be written later.
    if (text.trim() === "") return fail("stayed empty");
    const fields = fieldsOf(text);
    return fields === undefined ? { ...fail("is no JSON object of texts"), text } : succeed(fields);
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return fail(isMissing ? "was not written" : `cannot be read: ${messageOf(error)}`);
  }
}

function fieldsOf(text: string): JobFields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    // Whatever else the job wrote is its own affair.
    const fields = value as Readonly<Record<string, unknown>>;
    const told = fieldNames.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]] as const]));
    const isText = told.every(([, field]) => typeof field === "string");
    return isText ? (Object.fromEntries(told) as JobFields) : undefined;
  } catch {
    return undefined;
  }
}

/** Resolves when something happened to the file, after `millis`, or in a hurry. */
function change(file: string, millis: number, hurry: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let watcher: FSWatcher | undefined;
    const done = () => {
      clearTimeout(timer);
      watcher?.close();
      hurry.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, millis);
    hurry.addEventListener("abort", done);
    try {
      watcher = watch(dirname(file), (_, name) => {
        if (name === null || name === basename(file)) done();
      });
      watcher.on("error", () => undefined);
    } catch {
      // There is no such folder yet, or it cannot be watched: time will tell.
    }
  });
}
