import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A fenced block. */
export interface Fence {
  /** What stands after the backticks, such as `sh`. */
  readonly language: string;
  /** Without the indentation of the list that it may stand in. */
  readonly text: string;
  /** Of its first line, counted from 1. */
  readonly line: number;
  /** The heading above it. */
  readonly heading: string;
}

/** A page by its path from the root of the repository. */
export function readPage(path: string): string {
  return readFileSync(root + path, "utf8");
}

export function listFences(page: string): readonly Fence[] {
  const fences: Fence[] = [];
  let [heading, open]: [string, { indent: string; language: string; line: number; lines: string[] } | undefined] = [
    "",
    undefined,
  ];
  for (const [index, line] of page.split("\n").entries()) {
    const [, indent = "", language] = /^( *)```(\S*)/.exec(line) ?? [];
    if (open !== undefined && language === "") {
      fences.push({ language: open.language, text: open.lines.join("\n"), line: open.line, heading });
      open = undefined;
    } else if (open !== undefined)
      open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    else if (language !== undefined) open = { indent, language, line: index + 2, lines: [] };
    else if (line.startsWith("#")) heading = line.replace(/^#+ /, "");
  }
  return fences;
}

/** The page without its fenced blocks, in which nothing is a heading or a link; line numbers stay. */
export function extractProse(page: string): string {
  let inside = false;
  return page
    .split("\n")
    .map((line) => {
      const isFence = /^ *```/.test(line);
      if (isFence) inside = !inside;
      return isFence || inside ? "" : line;
    })
    .join("\n");
}

/** Anchors of the headings, as GitHub makes them: https://github.com/Flet/github-slugger */
export function listAnchors(page: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const headings = extractProse(page)
    .split("\n")
    .flatMap((line) => /^#{1,6} (.+)$/.exec(line)?.[1] ?? []);
  return new Set(
    headings.map((heading) => {
      const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
      const slug = text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
        .replaceAll(" ", "-");
      const times = seen.get(slug) ?? 0;
      seen.set(slug, times + 1);
      return times === 0 ? slug : `${slug}-${times}`;
    }),
  );
}

/** Where inline links and images lead, with the line each stands in; code spans are no links. */
export function listLinks(page: string): readonly { readonly target: string; readonly line: number }[] {
  return extractProse(page)
    .split("\n")
    .flatMap((text, index) => {
      const plain = text.replaceAll(/`[^`]*`/g, "``");
      return [...plain.matchAll(/\]\(([^()\s]+(?:\([^()\s]*\))?)(?: "[^"]*")?\)/g)].map(([, target = ""]) => ({
        target,
        line: index + 1,
      }));
    });
}
