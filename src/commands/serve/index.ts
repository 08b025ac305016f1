import { createSettingsCommand } from "../command.ts";

export const serveCommand = createSettingsCommand({
  name: "serve",
  summary: "take deliveries and serve metrics (what happens without a command)",
  examples: ["serve --port 9090", "serve --config /etc/pipegauge/pipegauge.yaml"],
  docs: "docs/configuration.md",
  logsTo: "stdout",
  run: async ({ config, log }) => (await import("./serve.ts")).serve(config, log),
});
