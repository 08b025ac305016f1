import { createSettingsCommand } from "../command.ts";
import { outputFlags, wantsJson } from "../output.ts";

export const checkConfigCommand = createSettingsCommand({
  name: "check-config",
  summary: "check the settings and print what a server would do with them",
  examples: ["check-config", "check-config --config /etc/pipegauge/pipegauge.yaml"],
  docs: "docs/configuration.md",
  flags: outputFlags,
  run: async ({ config, flags, env }) =>
    (await import("./check-config.ts")).checkConfig(config, { json: wantsJson(flags), env }),
});
