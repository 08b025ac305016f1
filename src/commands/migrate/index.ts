import { createSettingsCommand } from "../command.ts";

export const migrateCommand = createSettingsCommand({
  name: "migrate",
  summary: "migrate the database and print what was applied",
  run: async ({ config, log }) => (await import("./migrate.ts")).migrate(config, log),
});
