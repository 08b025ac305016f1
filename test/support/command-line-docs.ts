import type { Command } from "../../src/commands/command.ts";
import { getDocs } from "../../src/commands/help/format-help.ts";
import { configFlags, type Flags } from "../../src/config/flags.ts";

/** The part of docs/command-line.md that follows from the tables: a section for each command. */
export function describeCommands(commands: readonly Command[]): string {
  return commands.map(describeCommand).join("\n");
}

function describeCommand(command: Command): string {
  const { name, summary, words, flags, settings, examples } = command;
  const counting = Object.fromEntries(Object.entries(configFlags).filter(([flag]) => settings.includes(flag)));
  const all = { ...flags, ...counting };
  const page = getDocs(command);
  const usage = ["pipegauge", name, words, "[flags]"].filter((part) => part !== undefined).join(" ");
  const link = page.replace(/^docs\//, "");
  return [
    `## ${name}`,
    "",
    `${summary[0]?.toUpperCase() ?? ""}${summary.slice(1)}: \`${usage}\`.${link.includes("#") ? "" : ` See [${page}](${link}).`}`,
    "",
    "```sh",
    ...examples.map((line) => `pipegauge ${line}`),
    "```",
    "",
    ...(Object.keys(all).length === 0 ? [] : [...describeFlags(all), ""]),
  ].join("\n");
}

function describeFlags(flags: Flags): readonly string[] {
  const rows = Object.entries(flags).map(([name, { short, value, help }]) => {
    const spelling = `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
    return `| \`${spelling}\` | ${help.replaceAll("|", "\\|").replaceAll(/(?<!`)<(\w+)>/g, "&lt;$1&gt;")} |`;
  });
  return ["| flag | |", "|---|---|", ...rows];
}
