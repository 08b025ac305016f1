import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMap, isScalar, parseDocument, type Node, type Pair } from "yaml";

/** One value of the chart, as README.md describes it. */
export interface ChartValue {
  /** Its path, such as `database.existingSecret.name`. */
  readonly path: string;
  /** The default, as JSON. */
  readonly fallback: string;
  readonly description: string;
}

export interface Section {
  readonly title: string;
  readonly values: readonly ChartValue[];
}

const folder = fileURLToPath(new URL("../../../helm/pipegauge", import.meta.url));
const [begin, end] = ["<!-- values: begin -->", "<!-- values: end -->"];

type ValuePair = Pick<Pair<Node, Node | null>, "key"> & { readonly value?: Node | null | undefined };

/**
 * What the comments of a values file say: `## Title` begins a section, `# -- Text` describes the value below it and may
 * go on in the lines after it. A map with a description is one row; one without needs descriptions inside.
 */
export function parseSections(text: string): readonly Section[] {
  const { contents } = parseDocument(text);
  if (!isMap<Node, Node | null>(contents)) throw new Error("the values are not a map");
  const sections: { title: string; values: ChartValue[] }[] = [];
  // The parser gives the comment above the first pair to the document's contents.
  const first = contents.commentBefore ?? "";
  for (const [i, pair] of contents.items.entries()) {
    const comment = `${i === 0 ? first : ""}\n${getComment(pair)}`;
    const [, title] = /^#\s+(.+)$/m.exec(comment) ?? [];
    if (title !== undefined) sections.push({ title, values: [] });
    sections.at(-1)?.values.push(...valuesIn(pair, "", comment));
  }
  return sections;
}

function getComment({ key }: ValuePair): string {
  return key.commentBefore ?? "";
}

function valuesIn(pair: ValuePair, parent: string, comment: string): readonly ChartValue[] {
  const path = `${parent}${isScalar(pair.key) ? String(pair.key.value) : ""}`;
  const [, text] = /^ ?-- ([\s\S]*?)(?:\n\s*\n|$(?![\s\S]))/m.exec(comment) ?? [];
  if (text !== undefined) {
    const fallback = JSON.stringify(pair.value?.toJSON() ?? null);
    return [{ path, fallback, description: text.replaceAll(/\s*\n\s*/g, " ").trim() }];
  }
  if (!isMap<Node, Node | null>(pair.value) || pair.value.items.length === 0)
    throw new Error(`${path} has no description`);
  const inner = pair.value.commentBefore ?? "";
  return pair.value.items.flatMap((one, i) => valuesIn(one, `${path}.`, `${i === 0 ? inner : ""}\n${getComment(one)}`));
}

/** The README with its tables made anew from the values. */
export function withValues(readme: string, values: string): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md has no ${begin} … ${end}`);
  const tables = parseSections(values).map(({ title, values: rows }) => {
    const lines = rows.map(
      ({ path, fallback, description }) => `| \`${path}\` | \`${fallback}\` | ${cell(description)} |`,
    );
    return `### ${title}\n\n| value | default | |\n|---|---|---|\n${lines.join("\n")}\n`;
  });
  return `${readme.slice(0, from + begin.length)}\n\n${tables.join("\n")}\n${readme.slice(to)}`;
}

/** A bar would end the cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** The paths of README.md and of the values that it is made from. */
export const readmeFile = join(folder, "README.md");
export const valuesFile = join(folder, "values.yaml");

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(readmeFile, withValues(readFileSync(readmeFile, "utf8"), readFileSync(valuesFile, "utf8")));
}
