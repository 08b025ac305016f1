/** What the schemas of runs, of jobs and of events about code have in common. */

/** Left out by an older GitLab, or empty. */
export type Maybe<T> = T | null | undefined;

export const text = { type: "string", minLength: 1 } as const;
export const maybeText = { type: ["string", "null"] } as const;
export const maybeFlag = { type: ["boolean", "null"] } as const;
/** Above this JSON has already rounded the id to another one. */
const idMax = Number.MAX_SAFE_INTEGER;
export const id = { type: "integer", minimum: 1, maximum: idMax } as const;
export const maybeId = { type: ["integer", "null"], minimum: 1, maximum: idMax } as const;
