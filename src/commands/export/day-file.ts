import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "../../core/errors.ts";
import type { RowEncoder } from "./encode-rows.ts";

export interface DayFileFormat<T> {
  readonly encoder: RowEncoder<T>;
  /** Makes the file from the text that was written; left out: the text is the file. */
  readonly convert?: ((from: string, to: string) => Promise<void>) | undefined;
}

const partPattern = /^\.(\d+)-[0-9a-f]{8}\.part(?:\.converted)?$/;

/** A new name for an unfinished file: with the process that writes it, so that another export leaves it alone. */
export function createPartPath(folder: string): string {
  return join(folder, `.${process.pid}-${randomBytes(4).toString("hex")}.part`);
}

/**
 * Writes one file: `fill` gets a function that takes rows, and returns whether there are any. Until the file is whole and on
 * disk it has another name, in `parts`, so that a file of this name is always whole. Returns its size in bytes; `undefined`:
 * there was nothing to write.
 */
export async function writeDayFile<T>(
  file: string,
  parts: string,
  { encoder, convert }: DayFileFormat<T>,
  fill: (write: (items: readonly T[]) => Promise<void>) => Promise<boolean>,
): Promise<number | undefined> {
  const part = createPartPath(parts);
  const whole = convert === undefined ? part : `${part}.converted`;
  try {
    if (!(await writeText(part, encoder, fill))) return undefined;
    await convert?.(part, whole);
    await flush(whole);
    await mkdir(dirname(file), { recursive: true });
    await rename(whole, file);
    return (await stat(file)).size;
  } catch (error) {
    throw describeFileError(error, file);
  } finally {
    await rm(part, { force: true });
    await rm(whole, { force: true });
  }
}

async function writeText<T>(
  path: string,
  { header, encode }: RowEncoder<T>,
  fill: (write: (items: readonly T[]) => Promise<void>) => Promise<boolean>,
): Promise<boolean> {
  const handle = await open(path, "wx");
  try {
    // Unlike `write`, `writeFile` goes on where the system took only a part of the bytes.
    await handle.writeFile(header);
    return await fill((items) => handle.writeFile(items.map(encode).join("")));
  } finally {
    await handle.close();
  }
}

/** Before the file gets its name, so that not even a power loss leaves a file of that name without its bytes. */
async function flush(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Creates a folder for files and their parts, and removes the parts that killed exports left: those whose process is gone, or
 * has our id and so is an older one.
 */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(folder)) {
      const [, pid] = partPattern.exec(name) ?? [];
      if (pid !== undefined && (Number(pid) === process.pid || !isRunning(Number(pid)))) await rm(join(folder, name));
    }
  } catch (error) {
    throw describeFileError(error, folder);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It belongs to another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** System calls of a connection to a database: their errors are none of a file. */
const networkCalls: readonly string[] = ["connect", "read", "getaddrinfo"];

/** A full disk or a missing right, as one line; other errors, such as the database's, stay as they are. */
export function describeFileError(error: unknown, file: string): unknown {
  const call = error instanceof Error ? (error as NodeJS.ErrnoException).syscall : undefined;
  if (!(error instanceof Error) || call === undefined || networkCalls.includes(call)) return error;
  return new AppError("unavailable", `cannot write ${file}: ${error.message}`, { cause: error });
}
