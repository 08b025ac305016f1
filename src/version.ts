import { existsSync, readFileSync } from "node:fs";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
}

/** package.json lies one level above this file, both in src/ and in dist/. */
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as Manifest;

/** What `npm run build` writes beside the built program. */
export interface BuildInfo {
  readonly commit: string;
  /** ISO 8601, UTC. */
  readonly builtAt: string;
}

/** `undefined`: the program runs from its sources, or was compiled by hand. */
export function readBuildInfo(): BuildInfo | undefined {
  const file = new URL("build.json", import.meta.url);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as BuildInfo) : undefined;
}

export const { name, version, description } = manifest;
