import { createSettingsCommand } from "../command.ts";

export const healthcheckCommand = createSettingsCommand({
  name: "healthcheck",
  summary: "ask the running server whether it is ready; for container health checks",
  run: async ({ config }) => (await import("./healthcheck.ts")).healthcheck(config),
});
