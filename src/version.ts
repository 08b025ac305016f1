import { readFileSync } from "node:fs";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
}

/** package.json lies one level above this file, both in src/ and in dist/. */
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as Manifest;

export const { name, version, description } = manifest;
