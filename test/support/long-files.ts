import type { Sources } from "./architecture.ts";

const linesMax = 220;

/** Which of these files are longer than any file may be. */
export function longFiles(sources: Sources): string[] {
  return [...sources].flatMap(([file, source]) => {
    const lines = source.trimEnd().split("\n").length;
    return lines > linesMax ? [`${file} has ${lines} lines`] : [];
  });
}
