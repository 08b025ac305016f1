import { createSettingsCommand, databaseSettings } from "../command.ts";

export const rebuildCommand = createSettingsCommand({
  name: "rebuild",
  summary: "prove the totals by the stored runs, and raise what is too low; a server may be at work",
  settings: databaseSettings,
  examples: ["rebuild --dry-run", "rebuild"],
  docs: "docs/operations.md",
  flags: { "dry-run": { type: "boolean", help: "change nothing; exit code 1 where something is missing" } },
  async run({ config, log, flags }) {
    const { rebuild } = await import("./rebuild.ts");
    return rebuild(config, log, flags.values["dry-run"] === true);
  },
});
