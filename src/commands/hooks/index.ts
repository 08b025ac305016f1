import { createSettingsCommand } from "../command.ts";
import { hookFlags } from "./parse-arguments.ts";

export const hooksCommand = createSettingsCommand({
  name: "hooks",
  summary: "create or repair a provider's webhook and test it: hooks gitlab|github --url <url> --project <path>",
  flags: hookFlags,
  takesWord: true,
  run: async ({ config, flags, word }) => (await import("./hooks.ts")).hooks(word, config, flags),
});
