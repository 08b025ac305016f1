import { writeFile } from "node:fs/promises";
import { argv } from "node:process";
import type { ExporterSettings } from "../config/exporters.ts";
import { gatherText, loadModule } from "./load-module.ts";

/**
 * The process in which the server runs an exporter's module: `child.js builtin|module <name or path> <settings> <file> -- arguments`.
 * The metrics go to the file, so that what the module prints cannot spoil them.
 */
const [kind = "", reference = "", settings = "{}", file = "", , ...args] = argv.slice(2);
try {
  const module = await loadModule(kind === "builtin" ? { builtin: reference } : { module: reference });
  await writeFile(
    file,
    await gatherText(module, { args, settings: JSON.parse(settings) as ExporterSettings, debug: false }),
  );
  // Timers and connections that the module left open must not keep it alive.
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}
