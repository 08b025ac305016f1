import { AppError } from "../../core/errors.ts";
import { parseTimeOrAge } from "../../text/parse-time.ts";
import { createSettingsCommand, databaseSettings, getText } from "../command.ts";
import { outputFlags, wantsJson } from "../output.ts";

export const replayCommand = createSettingsCommand({
  name: "replay",
  summary: "send stored deliveries through today's adapters again; nothing counts twice",
  settings: databaseSettings,
  examples: ["replay --dead", "replay --source gitlab --since 7d"],
  flags: {
    source: { type: "string", value: "<name>", help: "only deliveries to this source" },
    since: {
      type: "string",
      value: "<time>",
      help: "only what was received since: 2026-11-20, 2026-11-20T12:00:00Z, 24h, 7d",
    },
    dead: { type: "boolean", help: "only dead letters" },
    ...outputFlags,
  },
  async run({ config, log, flags }) {
    const since = parseSince(getText(flags, "since"));
    const json = wantsJson(flags);
    const { replay } = await import("./replay.ts");
    return replay(config, log, { source: getText(flags, "source"), since, dead: flags.values["dead"] === true }, json);
  },
});

function parseSince(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parsed = parseTimeOrAge(text, Date.now());
  if (parsed.ok) return parsed.value;
  throw new AppError("usage", `--since: ${parsed.problems.join("; ")}`);
}
