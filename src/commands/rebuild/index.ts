import { createSettingsCommand, databaseSettings } from "../command.ts";
import { outputFlags, wantsJson } from "../output.ts";

export const rebuildCommand = createSettingsCommand({
  name: "rebuild",
  summary: "prove the totals by the stored runs, and raise what is too low; a server may be at work",
  settings: databaseSettings,
  examples: ["rebuild --dry-run", "rebuild"],
  docs: "docs/operations.md",
  flags: {
    "dry-run": { type: "boolean", help: "change nothing; exit code 1 where something is missing" },
    ...outputFlags,
  },
  async run({ config, log, flags, env }) {
    const { rebuild } = await import("./rebuild.ts");
    const options = { dryRun: flags.values["dry-run"] === true, json: wantsJson(flags), env };
    return rebuild(config, log, options);
  },
});
