import { createSettingsCommand, databaseSettings } from "../command.ts";
import { outputFlags, wantsJson } from "../output.ts";

export const migrateCommand = createSettingsCommand({
  name: "migrate",
  summary: "migrate the database and print what was applied",
  settings: databaseSettings,
  examples: ["migrate", "migrate --database-url postgres://pipegauge@db.example.com/pipegauge --partitioned"],
  docs: "docs/upgrade.md",
  flags: {
    partitioned: {
      type: "boolean",
      help: "create the ledger with partitions by month: on an empty PostgreSQL database alone",
    },
    ...outputFlags,
  },
  run: async ({ config, log, flags }) =>
    (await import("./migrate.ts")).migrate(config, log, {
      partitioned: flags.values["partitioned"] === true,
      json: wantsJson(flags),
    }),
});
