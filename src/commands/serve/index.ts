import { createSettingsCommand } from "../command.ts";

export const serveCommand = createSettingsCommand({
  name: "serve",
  summary: "take deliveries and serve metrics (what happens without a command)",
  run: async ({ config, log }) => (await import("./serve.ts")).serve(config, log),
});
