import { createSettingsCommand, getText } from "../command.ts";
import { outputFlags, wantsJson } from "../output.ts";

export const copyCommand = createSettingsCommand({
  name: "copy",
  summary: "copy a whole ledger into an empty database, such as from SQLite to PostgreSQL; resumable",
  settings: ["config", "log-level", "log-format", "print-config"],
  examples: ["copy --from sqlite:/var/lib/pipegauge/ci.db --to postgres://pipegauge@db.example.com/pipegauge"],
  docs: "docs/operations.md",
  flags: {
    from: {
      type: "string",
      value: "<url>",
      help: "the database to copy: sqlite:<path> or postgres://…; it is only read",
    },
    to: {
      type: "string",
      value: "<url>",
      help: "an empty database, or the one of a copy that was ended before its end",
    },
    batch: { type: "string", value: "<rows>", help: "rows in one transaction (2000)" },
    ...outputFlags,
  },
  async run({ config, log, flags }) {
    const [from, to, batch] = [getText(flags, "from"), getText(flags, "to"), getText(flags, "batch")];
    const { copy } = await import("./copy.ts");
    return copy(config, log, { from, to, batch }, wantsJson(flags));
  },
});
