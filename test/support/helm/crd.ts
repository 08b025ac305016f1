import { Ajv } from "ajv";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { at, listAt, toText, type Manifest, type Tree, type Value } from "./chart.ts";
import { toolPath } from "../tools.ts";

/** Go modules that carry definitions of resources, and where. `.ci/chart-tools` fetches these versions. */
const modules = [
  { path: "github.com/prometheus-operator/prometheus-operator", folder: "example/prometheus-operator-crd" },
  { path: "sigs.k8s.io/gateway-api", folder: "config/crd/standard" },
] as const;

/** Why an object would be refused; none for a good one. */
export type Check = (manifest: Manifest) => readonly string[];

/** Folders with definitions in Go's module cache; nothing where one of the modules has not been downloaded. */
export function definitionFolders(): readonly string[] | undefined {
  if (toolPath("go") === undefined) return undefined;
  const cache = execFileSync("go", ["env", "GOMODCACHE"], { encoding: "utf8" }).trim();
  const found = modules.map(({ path, folder }) => newest(cache, path, folder));
  return found.every((one) => one !== undefined) ? found : undefined;
}

function newest(cache: string, path: string, folder: string): string | undefined {
  const parts = path.split("/");
  const [parent, name = ""] = [join(cache, ...parts.slice(0, -1)), parts.at(-1)];
  const versions = existsSync(parent) ? readdirSync(parent).filter((entry) => entry.startsWith(`${name}@`)) : [];
  const sorted = versions.toSorted((a, b) => b.localeCompare(a, "en", { numeric: true }));
  return sorted.map((version) => join(parent, version, folder)).find((found) => existsSync(found));
}

/**
 * Checks an object against the definition of its kind, as the API server would, and refuses what the server would
 * silently drop. An object without a definition is an error.
 */
export function definitionCheck(folders: readonly string[]): Check {
  const schemas = new Map<string, Tree>();
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, code: { regExp: goPattern } });
  for (const definition of folders.flatMap(definitionsIn)) {
    for (const version of listAt(definition, "spec.versions")) {
      const name = `${toText(at(definition, "spec.group"))}/${toText(version["name"])}/${toText(at(definition, "spec.names.kind"))}`;
      schemas.set(name, closed(at(version, "schema.openAPIV3Schema") ?? {}) as Tree);
    }
  }
  return (manifest) => {
    const name = `${manifest.apiVersion}/${manifest.kind}`;
    const schema = schemas.get(name);
    if (schema === undefined) return [`no definition of ${name}`];
    const validate = ajv.compile(schema);
    if (validate(manifest)) return [];
    return (validate.errors ?? []).map(
      (error) => `${error.instancePath} ${error.message ?? ""} ${JSON.stringify(error.params)}`,
    );
  };
}

/** Go's patterns may begin with `(?i)`, which is a flag in JavaScript. */
const goPattern = Object.assign(
  (pattern: string, flags: string) =>
    new RegExp(pattern.replaceAll("(?i)", ""), pattern.includes("(?i)") ? `${flags}i` : flags),
  { code: "new RegExp" },
);

function definitionsIn(folder: string): readonly Tree[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  const documents = files.flatMap((name) => {
    const parsed = parseAllDocuments(readFileSync(join(folder, name), "utf8"), { logLevel: "error" });
    return Array.isArray(parsed) ? parsed.map((document) => document.toJS() as Tree | null) : [];
  });
  return documents.filter((value): value is Tree => value?.["kind"] === "CustomResourceDefinition");
}

/** The schema with every object closed to fields that it does not name; the server drops those without a word. */
function closed(schema: Value): Value {
  if (Array.isArray(schema)) return schema.map((one) => closed(one as Value));
  if (typeof schema !== "object" || schema === null) return schema;
  const own = schema as Tree;
  const inner = Object.fromEntries(
    Object.entries(own).map(([key, value]) => [key, key === "enum" || key === "default" ? value : closed(value)]),
  );
  const isOpen = own["x-kubernetes-preserve-unknown-fields"] === true || "additionalProperties" in own;
  return own["type"] === "object" && "properties" in own && !isOpen ? { ...inner, additionalProperties: false } : inner;
}
