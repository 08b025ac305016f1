import { builtinExporters } from "../../config/exporters.ts";
import { loadConfig } from "../../config/index.ts";
import type { Command } from "../command.ts";
import { exporterFlags, readExporterCall } from "./parse-arguments.ts";

export const exporterCommand: Command = {
  name: "exporter",
  summary: "run an exporter, print its metrics and push them",
  words: "<name> [its arguments]",
  choices: builtinExporters,
  examples: ["exporter dummy", "exporter queue mail --pushgateway-address pushgateway:9091 --no-print"],
  docs: "docs/exporters.md",
  settings: [],
  flags: exporterFlags,
  passesOn: (args) => readExporterCall(args).name !== undefined,
  async run(args, { env }) {
    const config = loadConfig({ env, argv: [] });
    const code = await (await import("./run-exporter.ts")).runExporter(args, config);
    // Timers and connections that a module left open must not keep it alive; what it printed to a pipe or file has left.
    // https://nodejs.org/api/process.html#a-note-on-process-io
    process.exit(code);
  },
};
