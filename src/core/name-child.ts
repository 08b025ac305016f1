import { cutLabel, labelMax } from "./series.ts";

/** Stands in the pipeline's name of a child between its parent's and its own part. Queries tell children by it. */
const childMark = " ▸ ";

/** What a child's own part may take of the name, so that the parent's part keeps some room. */
const ownMax = 60;

/** The pipeline of a run that is part of another: its parent's, and what it is called there. The mark is never cut off. */
export function nameChild(parent: string, own: string): string {
  const end = `${childMark}${cutLabel(own, ownMax)}`;
  return `${cutLabel(parent, labelMax - end.length)}${end}`;
}
