import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Context } from "mocha";
import { parseAllDocuments, stringify } from "yaml";
import { requireTool } from "../tools.ts";

const run = promisify(execFile);

/** The folder of the chart. */
export const chartFolder = fileURLToPath(new URL("../../../helm/pipegauge", import.meta.url));

/** Whatever YAML holds. Tests ask for paths in it, and fail where there is something else. */
export type Value = string | number | boolean | null | undefined | readonly Value[] | Tree;
export interface Tree {
  readonly [key: string]: Value;
}

/** An object for Kubernetes, as the chart rendered it. */
export interface Manifest extends Tree {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Tree & { readonly name: string; readonly namespace?: string };
}

export interface RenderOptions {
  /** Files with values, by name in the chart's folder `ci`. */
  readonly files?: readonly string[];
  /** Values on top of them. */
  readonly values?: Tree;
  /** Further arguments, such as `--set`. */
  readonly args?: readonly string[];
  /** Another folder than the chart's own. */
  readonly chart?: string;
}

/** The image that every installation has to name, for tests that are about something else. */
const imageFile = fileURLToPath(new URL("image-values.yaml", import.meta.url));

/** The values files that the chart is tested with. */
export const valuesFiles: readonly string[] = readdirSync(join(chartFolder, "ci")).toSorted();

/** Runs the real `helm` in a test or hook that has called `requireTool` for it; rejects with what it wrote on stderr. */
export async function helm(args: readonly string[], input = ""): Promise<string> {
  // One that was built by `go install` renders for a very old Kubernetes version unless an argument names another.
  const version = args[0] === "template" || args[0] === "lint" ? ["--kube-version", "1.32.0"] : [];
  const running = run("helm", [...args, ...version], { maxBuffer: 64 * 1024 * 1024, timeout: 60_000 });
  running.child.stdin?.end(input);
  try {
    return (await running).stdout;
  } catch (error) {
    const { stderr = "", stdout = "" } = error as { stderr?: string; stdout?: string };
    throw new Error(`helm ${args[0] ?? ""}: ${stderr}${stdout}`, { cause: error });
  }
}

/** Leaves the test pending, or fails it on CI, where there is no `helm`. In a test or a `before` hook. */
export function requireHelm(this: Context): void {
  // oxlint-disable-next-line oxc/no-this-in-exported-function -- it is Mocha's context, declared as a parameter
  requireTool.call(this, "helm");
}

const rendered = new Map<string, Promise<readonly Manifest[]>>();

/** What would be installed as release `pipegauge` in namespace `ci`, with its hooks. The same is rendered once. */
export function render(options: RenderOptions): Promise<readonly Manifest[]> {
  if (options.chart !== undefined) return renderNow(options);
  const key = JSON.stringify(options);
  const rendering = rendered.get(key) ?? renderNow(options);
  rendered.set(key, rendering);
  return rendering;
}

async function renderNow({ files = [], values = {}, args = [], chart = chartFolder }: RenderOptions) {
  const given = [imageFile, ...files.map((file) => join(chartFolder, "ci", file))].flatMap((path) => [
    "--values",
    path,
  ]);
  const command = ["template", "pipegauge", chart, "--namespace", "ci", ...given, "--values", "-", ...args];
  return manifestsIn(await helm(command, stringify(values)));
}

/** The objects in a text with several YAML documents. */
export function manifestsIn(text: string): readonly Manifest[] {
  const documents = parseAllDocuments(text, { logLevel: "error" });
  if (!Array.isArray(documents)) throw new Error("helm rendered nothing");
  return documents.flatMap((document) => {
    const [fault] = document.errors;
    if (fault !== undefined) throw fault;
    const value = document.toJS() as Manifest | null;
    return value === null ? [] : [value];
  });
}

/** The objects of a kind. */
export function ofKind(manifests: readonly Manifest[], kind: string): readonly Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}

/** The only object of a kind; that there is none or several is an error. */
export function only(manifests: readonly Manifest[], kind: string): Manifest {
  const found = ofKind(manifests, kind);
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} objects of kind ${kind}, not one`);
  return first;
}

/** What stands at a path such as `spec.template.spec.containers.0.env`; `undefined` where there is nothing. */
export function at(value: Value, path: string): Value {
  let found = value;
  for (const key of path.split(".")) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Tree)[key];
  }
  return found;
}

/** A plain value as text, as it would stand in YAML. */
export function toText(value: Value): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return `${value}`;
  throw new Error(`not a plain value: ${JSON.stringify(value)}`);
}

/** The list at a path; empty where there is nothing. */
export function listAt(value: Value, path: string): readonly Tree[] {
  const found = at(value, path) ?? [];
  if (!Array.isArray(found)) throw new Error(`${path} is not a list`);
  return found as readonly Tree[];
}

/** Every pod that the manifests make, by the name of the object that makes it. */
export function podsIn(manifests: readonly Manifest[]): ReadonlyMap<string, Tree> {
  const templates = manifests.flatMap((manifest): [string, Value][] => [
    [manifest.metadata.name, at(manifest, "spec.template.spec")],
    [manifest.metadata.name, manifest.kind === "Pod" ? manifest["spec"] : undefined],
  ]);
  return new Map(templates.filter((pair): pair is [string, Tree] => pair[1] !== undefined));
}
