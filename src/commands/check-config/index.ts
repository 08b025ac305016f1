import { createSettingsCommand } from "../command.ts";

export const checkConfigCommand = createSettingsCommand({
  name: "check-config",
  summary: "check the settings and print what a server would do with them",
  run: async ({ config }) => (await import("./check-config.ts")).checkConfig(config),
});
