import { objectSchema } from "../schema.ts";

/** What the schemas of several events have in common. */

export const text = { type: "string" } as const;
export const word = { type: "string", minLength: 1 } as const;
export const maybeText = { type: ["string", "null"] } as const;
export const maybeInteger = { type: ["integer", "null"] } as const;
export const maybeBoolean = { type: ["boolean", "null"] } as const;
export const maybeList = { type: ["array", "null"], items: {} } as const;
/** Past 2^53 the JSON parser has already rounded the number, and two runs could become one. */
export const id = { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER } as const;
/** GitHub allows 50 re-runs. All attempts below this number count as restarts for ever, so an impossible number is refused. */
export const attempt = { type: ["integer", "null"], minimum: 1, maximum: 10_000 } as const;

export interface Repository {
  readonly id?: number | null;
  readonly full_name: string;
  readonly html_url?: string | null;
  readonly default_branch?: string | null;
}

export const repository = objectSchema<Repository>(
  { full_name: word },
  { id: maybeInteger, html_url: maybeText, default_branch: maybeText },
);
