import { createReadingCommand } from "../reading/create-reading-command.ts";
import { views } from "./views.ts";

export const openCommand = createReadingCommand({
  name: "open",
  summary: "print the address of the page, of one of its views or of a run, and open it where there is a browser",
  words: "[view or run]",
  choices: views,
  examples: ["open", "open runs", "open 93"],
  format: "table",
  answer: async (call) => (await import("./open.ts")).answerOpen(call),
});
