import { createSettingsCommand, databaseSettings, getText } from "../command.ts";

export const retireCommand = createSettingsCommand({
  name: "retire",
  summary:
    "take the series of a project that is gone out of /metrics, so that others have its room; servers may be at work",
  settings: databaseSettings,
  examples: ["retire --project shop/old-cart --dry-run", "retire --project shop/old-cart --provider gitlab"],
  docs: "docs/operations.md",
  flags: {
    project: { type: "string", value: "<path>", help: "the label `project` of the series" },
    provider: { type: "string", value: "<name>", help: "of this provider alone; default: of all" },
    "dry-run": { type: "boolean", help: "change nothing, print what would be retired" },
  },
  async run({ config, log, flags }) {
    const { retire } = await import("./retire.ts");
    const filter = { project: getText(flags, "project"), provider: getText(flags, "provider") };
    return retire(config, log, filter, flags.values["dry-run"] === true);
  },
});
