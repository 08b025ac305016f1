import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import type { CollectorRegistry } from "./registry.ts";

/**
 * Writes the exposition to a file that others read while it is written: node_exporter's textfile collector, or GitLab's
 * `artifacts:reports:metrics`. A reader sees the old file or the new one, never a part.
 */
export async function writeTextfile(path: string, registry: CollectorRegistry): Promise<void> {
  const text = await registry.render();
  // In the same folder, because a rename does not cross file systems; not `.prom`, which node_exporter would read.
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, text, { mode: 0o644, flag: "wx" });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
