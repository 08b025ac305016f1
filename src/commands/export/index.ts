import { createSettingsCommand, databaseSettings } from "../command.ts";
import { exportFlags, parseExportArguments } from "./parse-arguments.ts";

export const exportCommand = createSettingsCommand({
  name: "export",
  summary: "write runs, jobs or deployments into files, one a day, for a data warehouse; resumable",
  settings: databaseSettings,
  docs: "docs/export.md",
  flags: exportFlags,
  examples: [
    "export --format parquet --what runs,jobs --since 90d --out warehouse",
    "export --format csv --what jobs --since 2026-11-01 --until 2026-12-01 --out november",
    "export --format jsonl --what deployments --since 7d --out week --database-url postgres://reader@db/ci",
  ],
  async run({ config, flags, log }) {
    const { exportLedger } = await import("./export.ts");
    const now = Date.now();
    return exportLedger(config, log, parseExportArguments(flags, now), { now });
  },
});
