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
  /** Reads the file now. What it returns gives the newest good contents once `watch` was called. */
  read(path: string, split: Split): Result<Secrets>;
  /** Looks for changes from now on, without keeping the process alive. Returns what ends it. */
  watch(log: SecretLog, everyMillis?: number): () => void;
}

interface WatchedFile {
  readonly path: string;
  readonly split: Split;
  text: string;
  values: readonly string[];
  /** What was last reported to be wrong with it. */
  trouble: string | undefined;
}

type Contents = Pick<WatchedFile, "text" | "values">;

/** A file of this size is not a file of secrets. */
const bytesMax = 64 * 1024;

export function createSecretFiles(): SecretFiles {
  const files: WatchedFile[] = [];
  return {
    read(path, split) {
      try {
        refuseOdd(statSync(path));
        const text = readFileSync(path, "utf8").trim();
        const read = split(text);
        if (!read.ok) return read;
        const file: WatchedFile = { path, split, text, values: read.value, trouble: undefined };
        files.push(file);
        return succeed(() => file.values);
      } catch (error) {
        return fail(describeReadError(error));
      }
    },
    watch(log, everyMillis = 2000) {
      let looking = false;
      let ended = false;
      const look = async () => {
        if (looking) return;
        looking = true;
        for (const file of files) {
          const read = await readAgain(file);
          // Whoever ended it may be gone, and the file with it.
          if (!ended) renew(file, read, log);
        }
        looking = false;
      };
      // By time and contents, not by events: Kubernetes swaps a symbolic link above the file, and network file systems
      // send no events.
      const timer = setInterval(() => void look(), everyMillis);
      timer.unref();
      return () => {
        ended = true;
        clearInterval(timer);
      };
    },
  };
}

/** A file that vanished or makes no sense keeps its last secrets: a source must not open or close by accident. */
function renew(file: WatchedFile, read: Result<Contents>, log: SecretLog): void {
  if (!read.ok) {
    const trouble = read.problems.join("; ");
    if (trouble !== file.trouble) log.warn(`${file.path} ${trouble}; the secrets read before stay in use`);
    file.trouble = trouble;
    return;
  }
  const { text, values } = read.value;
  if (text !== file.text) log.info(`${file.path} was read again; secrets in use: ${values.length}`);
  else if (file.trouble !== undefined) log.info(`${file.path} can be read again and has not changed`);
  Object.assign(file, { text, values, trouble: undefined });
}

async function readAgain({ path, split }: WatchedFile): Promise<Result<Contents>> {
  try {
    refuseOdd(await stat(path));
    const text = (await readFile(path, "utf8")).trim();
    const values = split(text);
    return values.ok ? succeed({ text, values: values.value }) : values;
  } catch (error) {
    return fail(describeReadError(error));
  }
}

/** Devices and pipes cannot be read twice, and some of them never end. */
function refuseOdd(found: { isFile(): boolean; readonly size: number }): void {
  if (!found.isFile()) throw new Error("it is not a regular file");
  if (found.size > bytesMax) throw new Error(`it is larger than ${bytesMax} bytes`);
}
