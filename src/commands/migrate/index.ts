import { createSettingsCommand, databaseSettings } from "../command.ts";

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
  },
  run: async ({ config, log, flags }) =>
    (await import("./migrate.ts")).migrate(config, flags.values["partitioned"] === true, log),
});
