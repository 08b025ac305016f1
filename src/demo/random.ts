import { createHash } from "node:crypto";
import type { Millis } from "../core/time.ts";

/** A random number generator with a seed: the same seed gives the same numbers. */
export interface Random {
  /** A number from 0 (included) to 1 (excluded). */
  next(): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  pick<T>(list: readonly [T, ...T[]]): T;
  /** Around `middle`: mostly within a third of it, seldom up to three times as much, as times of work are. */
  around(middle: number): number;
}

/** Each number is the hash of its index: not fast, but only some thousands are needed. */
export function createRandom(seed: string): Random {
  let drawn = 0;
  const next = () => Number.parseInt(hashToHex(`${seed}/${drawn++}`, 8), 16) / 2 ** 32;
  return {
    next,
    chance: (probability) => next() < probability,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    pick: (list) => list[Math.floor(next() * list.length)] ?? list[0],
    around: (middle) => middle * Math.min(3, Math.exp((next() + next() + next() - 1.5) * 0.6)),
  };
}

/** Hexadecimal digits that belong to a text, such as a commit's. */
export function hashToHex(text: string, length: number): string {
  return hash(text).slice(0, length);
}

/** A UUID (version 4 in form) that belongs to a text. */
export function hashToUuid(text: string): string {
  const hex = hash(text);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A number below `limit` that belongs to a text. */
export function hashToNumber(text: string, limit: number): number {
  return Number.parseInt(hash(text).slice(0, 12), 16) % limit;
}

/** Whole seconds, as most CI systems write them. */
export function floorToSecond(at: Millis): Millis {
  return Math.floor(at / 1000) * 1000;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
