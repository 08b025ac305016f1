import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

const page = readFileSync(join(import.meta.dirname, "../../docs/migrating.md"), "utf8");

/** The text from one heading to the next of its level. */
export function section(heading: string): string {
  const from = page.indexOf(`\n## ${heading}\n`);
  if (from < 0) throw new Error(`docs/migrating.md has no section ${heading}`);
  const to = page.indexOf("\n## ", from + 1);
  return page.slice(from, to < 0 ? undefined : to);
}

function documents(heading: string): Readonly<Record<string, unknown>>[] {
  const blocks = [...section(heading).matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text);
  return blocks.flatMap((text) =>
    parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>),
  );
}

/** What the page tells jobs to do at their end, as shell scripts: with a sidecar, and without one. */
export function afterScripts(): string[] {
  return documents("The template counter").flatMap((document) => {
    const job = document["default"] as { after_script?: readonly string[] } | undefined;
    return job?.after_script === undefined ? [] : [job.after_script.join("\n")];
  });
}

export interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly restartPolicy?: string;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

/** The containers of the pod that the page shows: those that start first, and the others. */
export function podContainers(): { readonly first: readonly Container[]; readonly others: readonly Container[] } {
  const pod = documents("The template counter").find(({ kind }) => kind === "Pod");
  const spec = pod?.["spec"] as { initContainers: Container[]; containers: Container[] };
  return { first: spec.initContainers, others: spec.containers };
}

/** The dashboard's questions and the queries that answer them. */
export function dashboardQueries(): [question: string, query: string][] {
  return [...section("The template counter").matchAll(/^\| ([a-z][^|]+) \| `([^`]+)` \|$/gm)].map(
    ([, question = "", query = ""]) => [question, query],
  );
}
