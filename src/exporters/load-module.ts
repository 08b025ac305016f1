import { register } from "node:module";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import type { Exporter } from "../config/exporters.ts";
import { CollectorRegistry } from "../sdk/index.ts";
import type { GatherContext } from "./gather-context.ts";

/** What a module has to export. */
export interface ExporterModule {
  /** Fills the registry. What it throws fails the exporter, and nothing is shown. */
  readonly gatherMetrics: (registry: CollectorRegistry, context: GatherContext) => void | Promise<void>;
  /** The `job` label in a Pushgateway; by default `exporter`. */
  readonly jobName?: string;
  /** Shown for `--help`. */
  readonly help?: string;
}

const builtins: Readonly<Record<string, () => Promise<ExporterModule>>> = {
  dummy: () => import("./builtin/dummy.ts"),
  github: () => import("./builtin/github.ts"),
  gitlab: () => import("./builtin/gitlab.ts"),
  jenkins: () => import("./builtin/jenkins.ts"),
};

const sdk = new URL(`../sdk/index${extname(import.meta.url)}`, import.meta.url).href;

/** Loads a module from anywhere on the disk. `pipegauge/sdk` means our own, so that it needs no node_modules beside it. */
export async function loadModule(program: Exclude<Exporter["program"], { command: unknown }>): Promise<ExporterModule> {
  if ("builtin" in program) return (await builtins[program.builtin]?.()) ?? throwNoModule(program.builtin);
  const hook = `export const resolve = (name, context, next) =>
    next(name === "pipegauge/sdk" ? ${JSON.stringify(sdk)} : name, context);`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
  const loaded = (await import(pathToFileURL(program.module).href)) as Partial<ExporterModule>;
  const { gatherMetrics } = loaded;
  return typeof gatherMetrics === "function" ? { ...loaded, gatherMetrics } : throwNoModule(program.module);
}

function throwNoModule(what: string): never {
  throw new Error(`${what} does not export a function gatherMetrics`);
}

/** What the module gathers, as text. */
export async function gatherText(module: ExporterModule, context: GatherContext): Promise<string> {
  const registry = new CollectorRegistry();
  await module.gatherMetrics(registry, context);
  return registry.render();
}
