/** A parsed or checked value, or the problems that prevented it. A problem names its field where it can. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly string[] };

export function succeed<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function fail(...problems: readonly string[]): Result<never> {
  return { ok: false, problems };
}
