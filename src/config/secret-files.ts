import { readFileSync, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { fail, succeed, type Result } from "../core/result.ts";
import { describeReadError } from "./read-error.ts";
import type { Secrets, Split } from "./secrets.ts";

export interface SecretLog {
  info(message: string): void;
  warn(message: string): void;
}

/** Files with secrets, all watched together. */
export interface SecretFiles {
  /** Reads the file now. The returned function gives the newest valid contents once `watch` was called. */
  read(path: string, split: Split): Result<Secrets>;
  /** Checks for changes from now on, without keeping the process alive. Returns a function that stops it. */
  watch(log: SecretLog, everyMillis?: number): () => void;
}

interface WatchedFile {
  readonly path: string;
  readonly split: Split;
  text: string;
  values: readonly string[];
  /** The problem that was last logged. */
  problem: string | undefined;
}

type Contents = Pick<WatchedFile, "text" | "values">;

/** A file of this size is not a file of secrets. */
const bytesMax = 64 * 1024;

export function createSecretFiles(): SecretFiles {
  const files: WatchedFile[] = [];
  return {
    read(path, split) {
      try {
        refuseSpecialFile(statSync(path));
        const text = readFileSync(path, "utf8").trim();
        const read = split(text);
        if (!read.ok) return read;
        const file: WatchedFile = { path, split, text, values: read.value, problem: undefined };
        files.push(file);
        return succeed(() => file.values);
      } catch (error) {
        return fail(describeReadError(error));
      }
    },
    watch(log, everyMillis = 2000) {
      let isChecking = false;
      let isStopped = false;
      const check = async () => {
        if (isChecking) return;
        isChecking = true;
        for (const file of files) {
          const read = await readAgain(file);
          // After a stop the file may have been deleted.
          if (!isStopped) update(file, read, log);
        }
        isChecking = false;
      };
      // By time and contents, not by events: Kubernetes swaps a symbolic link above the file, and network file systems
      // send no events.
      const timer = setInterval(() => void check(), everyMillis);
      timer.unref();
      return () => {
        isStopped = true;
        clearInterval(timer);
      };
    },
  };
}

/** The last secrets stay in use when a file disappears or becomes invalid: a source must not open or close by accident. */
function update(file: WatchedFile, read: Result<Contents>, log: SecretLog): void {
  if (!read.ok) {
    const problem = read.problems.join("; ");
    if (problem !== file.problem) log.warn(`${file.path} ${problem}; the secrets read before stay in use`);
    file.problem = problem;
    return;
  }
  const { text, values } = read.value;
  if (text !== file.text) log.info(`${file.path} was read again; secrets in use: ${values.length}`);
  else if (file.problem !== undefined) log.info(`${file.path} can be read again and has not changed`);
  Object.assign(file, { text, values, problem: undefined });
}

async function readAgain({ path, split }: WatchedFile): Promise<Result<Contents>> {
  try {
    refuseSpecialFile(await stat(path));
    const text = (await readFile(path, "utf8")).trim();
    const values = split(text);
    return values.ok ? succeed({ text, values: values.value }) : values;
  } catch (error) {
    return fail(describeReadError(error));
  }
}

/** Devices and pipes cannot be read twice, and some of them never end. */
function refuseSpecialFile(found: { isFile(): boolean; readonly size: number }): void {
  if (!found.isFile()) throw new Error("it is not a regular file");
  if (found.size > bytesMax) throw new Error(`it is larger than ${bytesMax} bytes`);
}
