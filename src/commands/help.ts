import { commonFlags, configFlags, type Flags } from "../config/flags.ts";
import type { Command } from "./command.ts";
import { description, name as program, version } from "../version.ts";

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
    "There are more settings than flags: as PIPEGAUGE_… variables and in the YAML file, see docs/configuration.md.",
    "A flag outweighs a variable, a variable the file.",
    "",
    "exit codes: 0 done, 1 failed, 2 a setting or an argument is wrong, 3 the database is a newer version's",
    "",
  ].join("\n");
}

/** `pipegauge <command> --help`. */
export function formatCommandHelp({ name, summary, flags, examples = [], usesSettings }: Command): string {
  const own = Object.keys(flags).length === 0 ? [] : ["", "flags:", ...formatFlags(flags)];
  const shared = usesSettings ? { ...configFlags, ...commonFlags } : commonFlags;
  const shown = examples.length === 0 ? [] : ["", "examples:", ...examples.map((line) => `  ${program} ${line}`)];
  return [`${program} ${name}: ${summary}`, ...own, ...shown, "", "common flags:", ...formatFlags(shared), ""].join(
    "\n",
  );
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
