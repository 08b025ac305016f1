import { commonFlags, configFlags, type Flags } from "../../config/flags.ts";
import type { Command } from "../command.ts";
import { description, name as program, version } from "../../version.ts";

/** `pipegauge --help`. */
export function formatGeneralHelp(commands: readonly Command[]): string {
  return [
    `${program} ${version}: ${description}`,
    "",
    `usage: ${program} [command] [flags]`,
    "",
    "commands:",
    ...alignColumns(commands.map(({ name, summary }) => [name, summary])),
    "",
    "flags of every command that reads the settings:",
    ...formatFlags({ ...configFlags, ...commonFlags }),
    "",
    `${program} help <command> shows the flags of one command, and examples.`,
    "There are more settings than flags: as PIPEGAUGE_… variables and in the YAML file, see docs/configuration.md.",
    "A flag outweighs a variable, a variable the file.",
    "",
    `exit codes: ${exitCodes}`,
    "",
    "docs: docs/command-line.md",
    "",
  ].join("\n");
}

const exitCodes =
  "0 done, 1 failed, 2 a setting or an argument is wrong, 3 the database is a newer version's, 4 the server cannot be reached, 5 its token is missing or wrong";

/** `pipegauge help <command>`. */
export function formatCommandHelp(command: Command): string {
  const { name, summary, words, flags, examples, settings } = command;
  const counting = Object.entries(configFlags).filter(([flag]) => settings.includes(flag));
  const shown = examples.map((line) => `  ${program} ${line}`);
  return [
    `${program} ${name}: ${summary}`,
    "",
    `usage: ${program} ${[name, words, "[flags]"].filter((part) => part !== undefined).join(" ")}`,
    ...listSection("flags", formatFlags(flags)),
    ...listSection("settings, also as variables and in the YAML file", formatFlags(Object.fromEntries(counting))),
    ...listSection("common flags", formatFlags(commonFlags)),
    ...listSection("examples", shown),
    "",
    `docs: ${getDocs(command)}`,
    "",
  ].join("\n");
}

/** The page that explains a command. */
export function getDocs({ name, docs = `docs/command-line.md#${name}` }: Command): string {
  return docs;
}

function listSection(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines];
}

function formatFlags(flags: Flags): string[] {
  return alignColumns(
    Object.entries(flags).map(([name, { short, value, help }]) => {
      const spelling = [short === undefined ? "" : `-${short}, `, `--${name}`, value === undefined ? "" : ` ${value}`];
      return [spelling.join(""), help];
    }),
  );
}

function alignColumns(rows: readonly (readonly [string, string])[] | readonly string[][]): string[] {
  const width = Math.max(...rows.map(([first = ""]) => first.length));
  return rows.map(([first = "", second = ""]) => `  ${first.padEnd(width)}  ${second}`);
}
