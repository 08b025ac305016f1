import { readFlags, commonFlags } from "../../config/flags.ts";
import { AppError } from "../../core/errors.ts";
import type { Command } from "../command.ts";
import { describeUnknownCommand } from "../find-command.ts";
import { formatCommandHelp, formatGeneralHelp } from "./format-help.ts";

export const helpCommand: Command = {
  name: "help",
  summary: "print the commands, or the flags and examples of one command",
  words: "[command]",
  flags: {},
  examples: ["help", "help replay"],
  settings: [],
  async run(args, { commands }) {
    const { words, faults } = readFlags(args, commonFlags, 1);
    if (faults.length > 0) throw new AppError("usage", faults.join("\n"));
    const [asked] = words;
    const command = commands.find(({ name }) => name === asked);
    if (asked !== undefined && command === undefined)
      throw new AppError("usage", describeUnknownCommand(asked, commands));
    process.stdout.write(command === undefined ? formatGeneralHelp(commands) : formatCommandHelp(command));
    return 0;
  },
};
