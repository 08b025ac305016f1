import { createReadingCommand } from "../reading/create-reading-command.ts";

export const runCommand = createReadingCommand({
  name: "run",
  summary: "show one run of a server with its jobs: what failed comes first, and why",
  words: "<id>",
  examples: ["run 93", "run 93 --json"],
  answer: async (call) => (await import("./run.ts")).answerRun(call),
});
