import { createReadingCommand } from "../reading/create-reading-command.ts";

export const statusCommand = createReadingCommand({
  name: "status",
  summary: "show the sources of a server: last delivery, refused ones, dead letters",
  examples: ["status", "status --url https://pipegauge.example.com", "status --json"],
  answer: async (call) => (await import("./status.ts")).answerStatus(call),
});
