import { dayMillis, type Millis } from "../core/time.ts";

export interface WorldOptions {
  readonly seed: number;
  /** Runs that begin on a day; what people start again comes on top. */
  readonly runs: number;
}

/**
 * One date (UTC) of one invented company. The same options and date give the same runs under the same ids whenever they are invented,
 * so that a second demo sends duplicates; another seed, date or number of runs has ids of its own.
 */
export interface World {
  /** What all that is invented of the date is derived from. */
  readonly key: string;
  /** The same of the date before: its last commits are the first ones' parents. */
  readonly keyBefore: string;
  readonly midnight: Millis;
  /** Ids of the date's runs and jobs count up from here; there is room for a thousand a run. */
  readonly idBase: number;
  /** Numbers of the date's runs count up from here. */
  readonly numberBase: number;
}

/** Dates have ranges of their own for about eleven years, and so have seeds below 1000. */
const [datesMax, seedsMax] = [4000, 1000];
const firstDate = Date.UTC(2026, 0, 1) / dayMillis;

/** The world of the date to which a moment belongs. */
export function createWorld({ seed, runs }: WorldOptions, at: Millis): World {
  const date = Math.floor(at / dayMillis);
  const key = (one: number) => `${seed}/${runs}/${new Date(one * dayMillis).toISOString().slice(0, 10)}`;
  const place = (seed % seedsMax) * datesMax + ((((date - firstDate) % datesMax) + datesMax) % datesMax);
  return {
    key: key(date),
    keyBefore: key(date - 1),
    midnight: date * dayMillis,
    idBase: place * runs * 1000,
    numberBase: 1 + place * runs * 2,
  };
}

/** The commit that a project's default branch ends a date with, if it is pushed to at all. */
export function nameLastCommit(key: string, project: string): string {
  return `${key}/last-commit/${project}`;
}
