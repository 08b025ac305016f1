import type { Command } from "../command.ts";
import { sidecarFlags } from "./parse-arguments.ts";

export const sidecarCommand: Command = {
  name: "sidecar",
  summary: "wait for the file that a CI job leaves and report it",
  words: "<file-path> <receiver-url>",
  examples: [
    "sidecar /shared/job.json http://pipegauge:8080",
    "sidecar /shared/job.json http://pipegauge:8080 --timeout 2h",
  ],
  docs: "docs/migrating.md",
  settings: [],
  flags: sidecarFlags,
  run: async (args, { env }) => (await import("./sidecar.ts")).sidecar(args, env),
};

/** The sidecar of an older tool was called `exporter <file-path> <receiver>`. The name of an exporter is not a path. */
export function isOldSidecarCall(command: string, [file = ""]: readonly string[]): boolean {
  return command === "exporter" && !file.startsWith("-") && (file.includes("/") || file.endsWith(".json"));
}
