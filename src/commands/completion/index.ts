import { AppError } from "../../core/errors.ts";
import { commonFlags, readFlags } from "../../config/flags.ts";
import { didYouMean } from "../../text/did-you-mean.ts";
import { quote } from "../../text/quote.ts";
import type { Command } from "../command.ts";
import { shells } from "./shells.ts";

export const completionCommand: Command = {
  name: "completion",
  summary: "print a script that lets a shell complete commands, flags and their values",
  words: "<shell>",
  choices: shells,
  flags: {},
  examples: ["completion bash", "completion zsh", "completion fish"],
  settings: [],
  async run(args, { commands }) {
    const { words, faults } = readFlags(args, commonFlags, 1);
    if (faults.length > 0) throw new AppError("usage", faults.join("\n"));
    const [given] = words;
    const shell = shells.find((one) => one === given);
    if (shell === undefined) throw new AppError("usage", describeUnknown(given));
    const { writeCompletion } = await import("./write-completion.ts");
    process.stdout.write(writeCompletion(shell, commands));
    return 0;
  },
};

function describeUnknown(given: string | undefined): string {
  const all = `there are ${shells.join(", ")}`;
  if (given === undefined) return `the shell is missing: ${all}`;
  const meant = didYouMean(given, shells);
  return `${quote(given)} is not a shell with completions: ${meant === undefined ? all : `did you mean ${meant}?`}`;
}
