import { createSettingsCommand } from "../command.ts";
import { hookFlags, hookProviders } from "./parse-arguments.ts";

export const hooksCommand = createSettingsCommand({
  name: "hooks",
  summary: "create or repair a provider's webhook, and test it",
  words: "<provider>",
  choices: hookProviders,
  settings: ["config", "log-level", "log-format", "print-config"],
  examples: [
    "hooks gitlab --url https://pipegauge.example.com --project shop/checkout --dry-run",
    "hooks gitlab --url https://pipegauge.example.com --group shop --api https://gitlab.example.com",
    "hooks github --url https://pipegauge.example.com --org northwind",
  ],
  flags: hookFlags,
  run: async ({ config, flags, word, env }) => (await import("./hooks.ts")).hooks(word, config, flags, { env }),
});
