import { createSettingsCommand } from "../command.ts";

export const migrateCommand = createSettingsCommand({
  name: "migrate",
  summary: "bring the database up to date and say what was applied",
  run: async ({ config, log }) => (await import("./migrate.ts")).migrate(config, log),
});
