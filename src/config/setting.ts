import type { Result } from "../core/result.ts";
import { createIntegerParser } from "./parsers.ts";

/** Where a setting may stand. Its key in the YAML file is its key in `settings`, where `inFile` is set. */
export interface Setting<T> {
  readonly variable: string;
  /** A variable of another tool that is honoured where ours is not set. */
  readonly alias?: string;
  readonly flag?: string;
  /** Its type in the YAML file; left out: it has no place there. */
  readonly inFile?: "string" | "integer" | "boolean";
  readonly fallback: T;
  readonly parse: (text: string) => Result<T>;
}

/** The setting itself: it is called so that `T` follows from the entry. */
export function define<T>(setting: Setting<T>): Setting<T> {
  return setting;
}

interface Range {
  readonly min: number;
  readonly max: number;
  /** What it counts, such as `a number of series`. */
  readonly unit: string;
  /** Why it cannot be less, where that is not obvious. */
  readonly why?: string;
}

/** A whole number that has a variable and a key in the YAML file, and no flag. */
export function defineInteger(variable: string, fallback: number, { min, max, unit, why }: Range): Setting<number> {
  return { variable, inFile: "integer", fallback, parse: createIntegerParser(min, max, unit, why) };
}
