import { createSettingsCommand, databaseSettings, getText } from "../command.ts";
import { outputFlags, wantsJson } from "../output.ts";

export const importCommand = createSettingsCommand({
  name: "import",
  summary: "take over the database of the old pipeline collector; nothing counts twice",
  settings: databaseSettings,
  examples: ["import --from postgres://e2e:secret@old-db.example.com/e2e"],
  docs: "docs/migrating.md",
  flags: {
    from: {
      type: "string",
      value: "<url>",
      help: "the old database: postgres://… or sqlite:<path>; it is only read",
    },
    ...outputFlags,
  },
  async run({ config, log, flags }) {
    const { importOld } = await import("./import-collector.ts");
    return importOld(config, log, getText(flags, "from"), wantsJson(flags));
  },
});
