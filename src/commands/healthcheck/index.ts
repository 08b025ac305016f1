import { createSettingsCommand } from "../command.ts";

export const healthcheckCommand = createSettingsCommand({
  name: "healthcheck",
  summary: "ask the running server whether it is ready; for container health checks",
  settings: ["host", "port", "config", "log-level", "log-format", "print-config"],
  examples: ["healthcheck", "healthcheck --port 9090"],
  run: async ({ config }) => (await import("./healthcheck.ts")).healthcheck(config),
});
