import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Context, Runnable } from "mocha";

/**
 * The path of an executable that a test needs. Where it is missing the test is pending and says why; on CI
 * (`CI=true`) it fails instead, so that nothing is green there for want of a tool.
 * In a test or a `before` hook: `requireTool.call(this, "promtool")`.
 */
export function requireTool(this: Context, name: string): string {
  // oxlint-disable-next-line oxc/no-this-in-exported-function -- it is Mocha's context, declared as a parameter
  return required(this, name);
}

/** The same for what only Linux shows about a process: files below `/proc`. */
export function requireProcfs(this: Context): void {
  // oxlint-disable-next-line oxc/no-this-in-exported-function -- it is Mocha's context, declared as a parameter
  if (!existsSync("/proc/self/fd")) lacking(this, "there is no /proc as on Linux");
}

/**
 * The same for so many open files and sockets in this process, and in those that it starts. Nothing has to be raised: Node
 * takes as many as the system lets it have (`RLIMIT_NOFILE` in https://github.com/nodejs/node/blob/v20.19.0/src/node.cc).
 */
export function requireDescriptors(this: Context, count: number): void {
  // oxlint-disable-next-line oxc/no-this-in-exported-function -- it is Mocha's context, declared as a parameter
  requireProcfs.call(this);
  const [, limit = "0"] = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
  // oxlint-disable-next-line oxc/no-this-in-exported-function -- it is Mocha's context, declared as a parameter
  if (Number(limit) < count) lacking(this, `${count} open files are needed, and the limit (ulimit -n) is ${limit}`);
}

function required(context: Context, name: string): string {
  return toolPath(name) ?? lacking(context, `${name} is not installed`);
}

function lacking(context: Context, reason: string): never {
  if (process.env["CI"] === "true") throw new Error(reason);
  return leavePending(context, reason);
}

/** Skips a test, or all tests of a `before` hook, and writes the reason into their titles. */
export function leavePending(context: Context, reason: string): never {
  for (const test of waiting(context.test)) test.title += ` [pending: ${reason}]`;
  return context.skip();
}

/** The first executable file of that name on `PATH`. */
export function toolPath(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A hook's reason belongs to the tests that it stops. */
function waiting(runnable: Runnable | undefined): Runnable[] {
  if (runnable === undefined) return [];
  return "type" in runnable && runnable.type === "hook" ? (runnable.parent?.tests ?? []) : [runnable];
}
