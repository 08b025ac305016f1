import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { at, listAt, ofKind, toText, type Manifest, type Tree } from "./chart.ts";

/** A container's files and variables, laid out below a folder of this machine. */
export interface LaidOut {
  /** Variables with a plain value; the paths in them lead to the files laid out. */
  readonly env: Readonly<Record<string, string>>;
  /** Where a path of the container is on this machine. */
  readonly path: (inContainer: string) => string;
}

/**
 * Does for the first container of a pod what Kubernetes would: mounts ConfigMaps and Secrets below `folder`. A Secret
 * that the chart does not make itself comes from `secrets`, by its name and key.
 */
export function layOut(
  pod: Tree,
  manifests: readonly Manifest[],
  folder: string,
  secrets: (name: string, key: string) => string,
): LaidOut {
  const container = listAt(pod, "containers")[0] ?? {};
  const mounts = new Map(
    listAt(container, "volumeMounts").map((mount) => [toText(mount["name"]), toText(mount["mountPath"])]),
  );
  const path = (inContainer: string) => join(folder, inContainer);
  // All at once: a path that was moved may hold another mount's path.
  const mounted = new RegExp(`(?<![\\w.-])(${[...mounts.values()].join("|")})(?=/)`, "g");
  const moved = (value: string) => value.replaceAll(mounted, (mount) => path(mount));
  for (const volume of listAt(pod, "volumes")) {
    const mount = mounts.get(toText(volume["name"]));
    if (mount === undefined) continue;
    mkdirSync(path(mount), { recursive: true });
    for (const [name, content] of Object.entries(readContent(volume, manifests, secrets))) {
      const file = join(path(mount), name);
      mkdirSync(dirname(file), { recursive: true });
      // The configuration file names others of them.
      writeFileSync(file, name.endsWith(".yaml") ? moved(content) : content);
    }
  }
  const plain = listAt(container, "env").filter(({ value }) => typeof value === "string");
  return { env: Object.fromEntries(plain.map(({ name, value }) => [toText(name), moved(toText(value))])), path };
}

function readContent(
  volume: Tree,
  manifests: readonly Manifest[],
  secrets: (name: string, key: string) => string,
): Record<string, string> {
  const configMap = at(volume, "configMap.name");
  if (configMap !== undefined) {
    const found = ofKind(manifests, "ConfigMap").find(({ metadata }) => metadata.name === configMap);
    return { ...(found?.["data"] as Record<string, string> | undefined) };
  }
  const items = listAt(volume, "projected.sources").flatMap((source) =>
    listAt(source, "secret.items").map((item) => ({ secret: toText(at(source, "secret.name")), ...item })),
  );
  return Object.fromEntries(
    items.map((item: Tree) => [
      toText(item["path"]),
      readSecret(toText(item["secret"]), toText(item["key"]), manifests, secrets),
    ]),
  );
}

function readSecret(
  name: string,
  key: string,
  manifests: readonly Manifest[],
  secrets: (name: string, key: string) => string,
): string {
  const own = ofKind(manifests, "Secret").find(({ metadata }) => metadata.name === name);
  if (own === undefined) return secrets(name, key);
  const encoded = (own["data"] as Tree)[key];
  if (typeof encoded !== "string") throw new Error(`the Secret ${name} has no key ${key}`);
  return Buffer.from(encoded, "base64").toString("utf8");
}
