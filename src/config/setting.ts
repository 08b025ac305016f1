import type { Result } from "../core/result.ts";
import { createIntegerParser } from "./parsers.ts";

/** Where a setting may stand. Its key in the YAML file is its key in `settings`, where `inFile` is set. */
export interface Setting<T> {
  readonly variable: string;
  /** A variable of another tool that is honoured where ours is not set. */
  readonly alias?: string;
  readonly flag?: string;
  /** Its type in the YAML file; left out: it cannot be set there. */
  readonly inFile?: "string" | "integer" | "boolean";
  readonly fallback: T;
  readonly parse: (text: string) => Result<T>;
}

/** Returns the setting itself; the call lets the compiler infer `T`. */
export function define<T>(setting: Setting<T>): Setting<T> {
  return setting;
}

interface Range {
  readonly min: number;
  readonly max: number;
  /** Its unit for messages, such as `a number of series`. */
  readonly unit: string;
  /** Why it cannot be less, where that is not obvious. */
  readonly why?: string;
}

/** A whole number that has a variable and a key in the YAML file, and no flag. */
export function defineInteger(variable: string, fallback: number, { min, max, unit, why }: Range): Setting<number> {
  return { variable, inFile: "integer", fallback, parse: createIntegerParser(min, max, unit, why) };
}
