import { createSettingsCommand } from "../command.ts";

export const migrateCommand = createSettingsCommand({
  name: "migrate",
  summary: "migrate the database and print what was applied",
  flags: {
    partitioned: {
      type: "boolean",
      help: "create the ledger with partitions by month: on an empty PostgreSQL database alone",
    },
  },
  run: async ({ config, log, flags }) =>
    (await import("./migrate.ts")).migrate(config, flags.values["partitioned"] === true, log),
});
