import { cutLabel, labelMax } from "./series.ts";

/** Separates, in the pipeline name of a child, the parent's part from its own. Queries find children by it. */
const childMark = " ▸ ";

/** Characters that a child's own part may have, so that room is left for the parent's part. */
const ownMax = 60;

/** The pipeline name of a child: its parent's pipeline, the separator, and its own name. The separator is never cut off. */
export function nameChild(parent: string, own: string): string {
  const end = `${childMark}${cutLabel(own, ownMax)}`;
  return `${cutLabel(parent, labelMax - end.length)}${end}`;
}
