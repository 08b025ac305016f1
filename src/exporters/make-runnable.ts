import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Exporter, ExporterSettings } from "../config/exporters.ts";
import type { Runnable } from "./runner.ts";

/** The original's own limit, below Prometheus' usual minute. Seconds. */
const limitSeconds = 59;

const child = fileURLToPath(new URL(`./child${extname(import.meta.url)}`, import.meta.url));

/** How an exporter's program is called. Arguments come after `--`, or where the command itself places `{arguments}`. */
export function makeRunnable(exporter: Exporter, env: Readonly<Record<string, string>>): Runnable {
  const { name, program, output, settings = {}, timeoutSeconds = limitSeconds, cacheSeconds = 0 } = exporter;
  const argv = "command" in program ? program.command : createModuleCommand(program, settings);
  const usesFile = argv.some((argument) => argument.includes("{file}"));
  return {
    name,
    command: (args, file) =>
      placeArguments(
        argv.map((argument) => argument.replaceAll("{file}", file)),
        args,
      ),
    output: output ?? (usesFile ? "file" : "stdout"),
    env,
    limitMillis: Math.min(limitSeconds, timeoutSeconds) * 1000,
    cacheMillis: cacheSeconds * 1000,
  };
}

function createModuleCommand(
  program: { readonly module: string } | { readonly builtin: string },
  settings: ExporterSettings,
): readonly string[] {
  const [kind, reference] = "module" in program ? ["module", program.module] : ["builtin", program.builtin];
  return [process.execPath, child, kind, reference, JSON.stringify(settings), "{file}", "--"];
}

function placeArguments(argv: readonly string[], args: readonly string[]): readonly string[] {
  const at = argv.indexOf("{arguments}");
  if (at >= 0) return [...argv.slice(0, at), ...args, ...argv.slice(at + 1)];
  if (args.length === 0 || argv.at(-1) === "--") return [...argv, ...args];
  return [...argv, "--", ...args];
}
